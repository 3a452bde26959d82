// Package v1alpha1 holds the three kinds of networking.crossvpc.io: VPCPeering
// (who wants two networks joined), PeeredCluster (who runs the clusters) and
// AWSIdentity (who owns the AWS accounts), with their validation rules, their
// condition types and their reasons.
//
// +kubebuilder:object:generate=true
// +groupName=networking.crossvpc.io
package v1alpha1
