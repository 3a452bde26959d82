// Command awssim serves a simulated AWS on an address of this machine.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/crossvpc/crossvpc/test/awssim"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "awssim:", err)
		os.Exit(1)
	}
}

const guide = `awssim listens on %[1]s

  export AWS_ENDPOINT_URL=%[1]s AWS_DEFAULT_REGION=eu-west-1
  export AWS_ACCESS_KEY_ID=111111111111 AWS_SECRET_ACCESS_KEY=any    # the access key is the account
  aws ec2 create-vpc --cidr-block 10.11.0.0/16
  aws ec2 describe-vpcs

  curl %[1]s/_awssim/journal    # every call so far; also faults, config, clock, state, reset
`

func run(ctx context.Context, arguments []string, out io.Writer) error {
	flags := flag.NewFlagSet("awssim", flag.ContinueOnError)
	address := flags.String("addr", "127.0.0.1:4599", "address to listen on")
	seed := flags.String("seed", "", "what ids are made from")
	instant := flags.Bool("instant", false, "let every transition be over at the next call, and nothing lag")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	timing := awssim.Realistic()
	if *instant {
		timing = awssim.Instant()
	}
	url, err := awssim.New(awssim.Options{Seed: *seed, Timing: timing}).Listen(ctx, *address)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(out, guide, url); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}
