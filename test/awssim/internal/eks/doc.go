// Package eks is the simulated Elastic Kubernetes Service: clusters as DescribeCluster shows them. A
// real API server can stand behind a cluster's endpoint.
package eks
