// Package ekstoken makes the tokens that EKS clusters take: a request to STS,
// GetCallerIdentity, that is signed and not sent. Whoever gets the token sends it to
// STS and is told who signed it.
// https://github.com/kubernetes-sigs/aws-iam-authenticator/blob/v0.7.10/README.md#api-authorization-from-outside-a-cluster
//
// It stands alone, so that a credential plugin can be made of it.
package ekstoken
