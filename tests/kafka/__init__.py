"""Real Kafka and a real schema registry for tests, from Python packages and locked jars only."""
