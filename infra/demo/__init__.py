"""The real lines of a UK shop, replayed against a running Hikyaku over HTTP alone, and counted up afterwards (S2-113).

A client like any other: it knows the routes of the edge and nothing of the domains behind them.
"""
