"""The AsyncAPI 3 document of topics and webhooks, made of the code's own tables.

Topics and how long they keep come from the names that the hub gives them, messages from the
catalogue of facts, the Avro schemas and the events that are delivered; what is written here is
words. The JSON in it is that of the OpenAPI document, under the same names.
"""
