// Command argocd makes sure that the parts of Argo CD which the tests run, and Helm, are there, building them if need be, and
// prints their paths.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/crossvpc/crossvpc/test/argocd"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	programs, err := argocd.Build(ctx, os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, "argocd:", err)
		os.Exit(1)
	}
	fmt.Println(programs.ArgoCD)
	fmt.Println(programs.Helm)
}
