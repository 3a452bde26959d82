// Package awsstate reads what a fabric needs to know from the simulated AWS of this repository, over HTTP: route tables,
// security groups, network interfaces and peering connections as they are, whoever made them. The names are EC2's.
package awsstate
