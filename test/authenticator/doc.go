// Package authenticator runs the real aws-iam-authenticator, which EKS itself runs, as the token webhook of a test
// control plane: it takes a token apart, asks STS who signed it, and maps that to a user. Its STS is the simulated one,
// reached under AWS's own names through a proxy of ours, and its mapping is what the simulated EKS has as access entries,
// which the authenticator itself knows nothing of.
//
// The program is a module of its own, in program/, so that ours does not come to require what it requires.
package authenticator
