// Package cluster makes clients for the API servers of PeeredClusters and keeps
// them: bounded, watched, and with the words for what goes wrong. How a cluster is
// reached is known to package access.
package cluster
