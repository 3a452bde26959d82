// Package moto runs the AWS half against moto, a simulator that nobody here
// wrote: the shipped binary, the same YAML, and the graph that rivals were
// measured on. `make e2e-moto` runs it; moto_server must be installed.
//
// Where moto is more lenient than AWS, a pass here proves less
// (test/conformance/moto_deviations.txt lists every difference). What matters to
// this package:
//
//   - it is active at once: no wait, no lag between regions, no state provisioning;
//   - it shows the requester's tags in the accepter's region, so the accepter's
//     view never needs tagging;
//   - it ignores filters and paging of DescribeVpcPeeringConnections;
//   - overlapping blocks don't fail a connection, routes don't become blackholes;
//   - it knows no throttling, no IAM and few quotas.
package moto
