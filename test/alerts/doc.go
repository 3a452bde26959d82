// Package alerts checks config/prometheus, the alerts and the dashboard: with Prometheus' own promtool, and that each
// metric and label that they name is one that crossvpc has.
package alerts
