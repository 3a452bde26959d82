// Package peering is the pure core for AWS: two sides and a snapshot of what
// was observed of them go in, findings and actions come out. It does no I/O and
// reads no clock; the same spec and snapshot give the same actions.
package peering
