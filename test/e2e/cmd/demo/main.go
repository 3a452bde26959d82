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
	"time"

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
	context.AfterFunc(ctx, cancel) // the next Ctrl-C does not wait until all is stopped
	screen := narrate.NewScreen(os.Stdout)
	go screen.Beat(context.Background(), quietAtMost)
	s := &story{screen: screen, keep: *keep, nodes: *nodes}
	code := conclude(screen, s.tell(ctx, s.scenes()...))
	cancel()
	os.Exit(code)
}

// quietAtMost is for how long a pipe may see nothing.
const quietAtMost = 10 * time.Second

// errInterrupted is no failure of the story's.
var errInterrupted = errors.New("interrupted")

// conclude says how the story ended, and gives the exit code: for an interrupt that of a shell.
func conclude(screen *narrate.Screen, err error) (code int) {
	screen.Status()
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		screen.Line("  Interrupted. The clusters, the manager and the simulated AWS are stopped; nothing is left behind.")
		return 130
	default:
		screen.Failed(err.Error())
		return 1
	}
}

func (s *story) tell(ctx context.Context, scenes ...func(context.Context) error) (err error) {
	if s.nodes < 3 || s.nodes > 50 {
		return fmt.Errorf("-nodes=%d: want 3 to 50", s.nodes)
	}
	defer func() { err = s.stop(ctx, err) }()
	for _, scene := range scenes {
		if err := scene(ctx); err != nil {
			return err
		}
	}
	return nil
}

// stop ends all that runs. What a scene says of an interrupt is of no interest, and no log is.
func (s *story) stop(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		err = errInterrupted
	}
	if s.programs != "" {
		_ = os.RemoveAll(s.programs)
	}
	if s.rig == nil {
		return err
	}
	if err != nil && !errors.Is(err, errInterrupted) {
		s.showLog(ctx)
	}
	s.screen.Status("  … stopping")
	if failed := s.rig.Stop(); failed != nil && !errors.Is(failed, context.Canceled) {
		return errors.Join(err, failed)
	}
	return err
}
