// Command authenticator makes sure that the program aws-iam-authenticator is there, building it if need be, and prints
// its path.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/crossvpc/crossvpc/test/authenticator"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	path, err := authenticator.Program(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "authenticator:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
