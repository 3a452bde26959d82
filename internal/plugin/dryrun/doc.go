// Package dryrun makes the plan of objects that nobody applied yet, by the operator's own steps, with the credentials of
// whoever asks. Nothing is written: the hub's writes are dropped, and what would write to a cluster or to AWS is refused
// before it is sent.
package dryrun
