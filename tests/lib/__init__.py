"""What the tests stand on: programs, databases, clients, a model provider."""
