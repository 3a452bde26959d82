// Package probe is what runs in crossvpc's probe pods: a server, a dialer that
// proves traffic between two pods, and a look at a node's routing rules. It needs
// no privileges; results are one line of JSON in the termination message.
//
// It knows neither Kubernetes nor AWS. What a set of results means is decided by
// internal/verification.
package probe
