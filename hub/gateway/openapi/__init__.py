"""The OpenAPI 3.1 document of the gateway, made of the code's own tables.

Calls, parameters and their limits, problems and the fields of structs come from the code that
answers; what is written here is words, examples, and which problems each call has. Every answer in
the tests of the gateway is held against it.
"""
