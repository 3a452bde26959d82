package main

import (
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
)

// Whoever reads metrics proves who they are by a token of the cluster, and needs the right to get /metrics: the API server
// is asked for both.
// +kubebuilder:rbac:groups=authentication.k8s.io,resources=tokenreviews,verbs=create
// +kubebuilder:rbac:groups=authorization.k8s.io,resources=subjectaccessreviews,verbs=create

// metrics says how metrics are served: over TLS to those who may read them, or in plain text to everybody. Without a
// certificate of its own the server makes one at its start, which nobody can verify.
func (o *options) metrics() metricsserver.Options {
	served := metricsserver.Options{BindAddress: o.metricsAddress, SecureServing: o.metricsSecure, CertDir: o.metricsCertificates}
	if o.metricsSecure {
		served.FilterProvider = guardMetrics
	}
	return served
}
