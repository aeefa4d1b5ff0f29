"""``/scim/v2/``: its addresses, who may use them, and what stands behind them."""
