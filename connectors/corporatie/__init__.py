"""Housing systems of corporaties. Nothing lives here yet.

To come: a VERA 4 REST interface that is polled (leases, arrears, repairs), and a watched folder of
CSV files with a mapping.
"""
