// Command karpenter makes sure that the program with Karpenter's own controllers is there, building it if need be, and
// prints its path.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/crossvpc/crossvpc/test/karpenter"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	path, err := karpenter.Program(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "karpenter:", err)
		os.Exit(1)
	}
	fmt.Println(path)
}
