// Package proof decides which claims of a cluster about AWS are facts. What Nodes, CiliumNodes
// and NodeClaims say is written by whoever has rights in that cluster; what AWS says of the same
// instance or interface is not. The package asks nobody: claims and AWS's answers go in, and what
// is proven, and why the rest is not, comes out.
package proof
