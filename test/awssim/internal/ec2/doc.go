// Package ec2 is the simulated EC2: networking, and whatever else sets the scene for it.
//
// A resource has a stored type (plain Go, never changed in place), an answer type (EC2's XML names),
// a kind (its id prefix, error codes, filters and page bounds) and its actions, all in one file or
// in two. Describe actions read through a reader, so that lag applies; mutations read the truth.
package ec2
