// Package conformance holds one suite of checks that any implementation of
// the AWS APIs this product uses can be measured against: test/awssim (which
// must pass all of them), moto (whose known deviations are listed in
// moto_deviations.txt) and any other endpoint.
//
// Each check says in one sentence how AWS behaves and names its source. It
// drives the target over real HTTP with the unmodified AWS SDK, one attempt a
// call, so that retries hide nothing.
//
//	go test ./test/conformance                                  # awssim, in process
//	CONFORMANCE_TARGET=moto go test ./test/conformance          # starts moto_server
//	CONFORMANCE_TARGET=http://127.0.0.1:4566 go test ./test/conformance
//	CONFORMANCE_TARGET=aws go test ./test/conformance           # the open questions, of a real account
//
// The suite only contains test files; this one is the documentation.
package conformance
