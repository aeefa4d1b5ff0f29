"""What operators watch: Prometheus metrics, liveness and readiness."""
