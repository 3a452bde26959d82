// Package aws is the operator's only way to AWS: clients for each identity and
// region, a limiter for each account and region, shared reads of what a region
// holds, the application of one peering.Action, and the one table that says what
// an error code means. Nothing outside it looks at AWS error codes.
package aws
