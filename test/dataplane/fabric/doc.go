// Package fabric plays the networks of VPCs, with one network namespace for the router of each VPC. It does what AWS
// does with a packet, and no more:
//
//   - what an interface sends must have one of its own addresses (source/destination check);
//   - inside the VPC it reaches any interface; anywhere else it goes by the route table of the sender's subnet;
//   - a peering connection delivers to interfaces of the other VPC only: it is not transitive;
//   - security groups let in what their rules name, and the answers to it;
//   - what is dropped is dropped in silence. The fabric notes which packet it was, and why ([Log]).
//
// [Fabric.Apply] makes it so of a [State], which may come from a test or from an AWS that is simulated.
package fabric
