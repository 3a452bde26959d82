// Package cluster makes clients for the API servers of PeeredClusters: the one
// crossvpc runs in, and those that a kubeconfig in a Secret leads to.
//
// A kubeconfig is input from outside. Only what is needed to talk to an API
// server over TLS with a token or a client certificate is taken from it;
// everything that would run a program, read the operator's files or reach the
// machine's metadata service is refused with an [Error] that says what must be
// true. No error carries content of the Secret.
package cluster
