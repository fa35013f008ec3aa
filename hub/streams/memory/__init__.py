"""The runtime without a disk: for tests and `backtest`. Nothing survives the process."""
