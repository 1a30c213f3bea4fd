"""mqtail's engine: read the logs of Amazon MQ brokers, merged in time order, without loss."""

__version__ = "0.1.0"
