// Package scene sets the stage for tests, benchmarks and the demo: VPCs with their subnets, route tables and
// security groups, EKS clusters and Auto Scaling groups. It uses the unmodified AWS SDK, so it builds the same
// scene on the simulated AWS of this repository, on moto, or on anything else that speaks the protocol.
//
//	accounts := scene.KeyPerAccount(url)
//	pair, err := scene.Canonical(ctx, accounts)
//	cluster, err := scene.AddCluster(ctx, accounts, pair.Requester, scene.ClusterSpec{Name: "eu", Nodes: 6})
package scene
