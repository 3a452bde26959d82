// Package access holds the ways to reach the API server of a cluster, one in each
// file: the cluster that crossvpc runs in, and a kubeconfig in a Secret. A way gives
// a configuration for a client, and the words for what goes wrong with it: what a
// user has to change is another thing for each way.
//
// What leads to a cluster is input from outside. Only what is needed to talk to an
// API server over TLS is taken from it; everything that would run a program, read
// the operator's files or reach the machine's metadata service is refused with an
// [Error] that says what must be true. No error carries a credential.
package access
