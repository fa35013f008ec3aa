"""A hub on Kafka whose gateways follow it."""
