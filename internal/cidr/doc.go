// Package cidr is prefix arithmetic on net/netip: parse, union, difference,
// intersection, cover and overlap of sets of IPv4 and IPv6 prefixes.
//
// A set is a plain []netip.Prefix. Functions take sets in any order, with
// duplicates, overlaps and host bits, and return minimal ones: masked, sorted
// by Compare, no prefix inside another, no two halves of one prefix. Two sets
// of the same addresses are therefore equal element by element.
//
// An IPv4 prefix and an IPv6 prefix never overlap. Invalid (zero) prefixes are
// ignored by every function.
package cidr
