// Command demo tells the whole story of crossvpc on one machine, without AWS and without containers: two real control
// planes whose nodes are instances of a simulated AWS, one VPCPeering, and pods that reach each other in the end.
// It ends with an error if any step is not as it should be.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/go-logr/logr"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/crossvpc/crossvpc/test/e2e/cmd/demo/narrate"
)

func main() {
	keep := flag.Bool("keep", false, "leave everything running before the deletion, and print how to look around")
	nodes := flag.Int("nodes", 6, "nodes of each cluster, 3 to 50")
	flag.Parse()
	log.SetLogger(logr.Discard()) // the story is told by the screen
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer cancel()
	screen := narrate.NewScreen(os.Stdout)
	if err := tell(ctx, &story{screen: screen, keep: *keep, nodes: *nodes}); err != nil {
		screen.Status()
		screen.Failed(err.Error())
		cancel()
		os.Exit(1)
	}
}

func tell(ctx context.Context, s *story) (err error) {
	if s.nodes < 3 || s.nodes > 50 {
		return fmt.Errorf("-nodes=%d: want 3 to 50", s.nodes)
	}
	defer func() {
		if s.rig != nil {
			s.showLog(ctx, err)
			err = errors.Join(err, s.rig.Stop())
		}
	}()
	for _, scene := range s.scenes() {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}
