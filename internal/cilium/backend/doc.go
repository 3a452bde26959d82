// Package backend writes what package cilium decided to where agents read it: one
// file for each way, behind one interface, [Backend]. Which way a decision takes is
// one table, in choose.go.
//
// A backend gets what was observed and writes what it is told. It records nothing:
// what status remembers of a write, and when, is the caller's.
package backend
