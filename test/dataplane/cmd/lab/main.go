// Command lab tells the incident that crossvpc ends, and its cure, with real packets on this machine: two VPCs in
// network namespaces, and Cilium's own code for the pods' rules.
package main

import (
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/crossvpc/crossvpc/test/dataplane/netspace"
	"github.com/crossvpc/crossvpc/test/dataplane/node"
)

func main() {
	node.RunPlugin()
	version := flag.String("cilium", "1.18.4", "version of Cilium whose agent is played")
	flag.Parse()
	netspace.Rootless()
	if err := netspace.Probe(); err != nil {
		fmt.Fprintln(os.Stderr, "lab: the data plane needs network namespaces:", err)
		os.Exit(1)
	}
	began := time.Now()
	s := &story{version: *version, paint: colours(os.Stdout)}
	if err := s.tell(); err != nil {
		fmt.Fprintln(os.Stderr, "lab:", err)
		os.Exit(1)
	}
	fmt.Printf("\nAll of it took %.1f s. Nothing is left behind.\n", time.Since(began).Seconds())
}

// colours paints on a terminal only.
func colours(out *os.File) func(good bool, text string) string {
	info, err := out.Stat()
	plain := err != nil || info.Mode()&os.ModeCharDevice == 0 || os.Getenv("NO_COLOR") != ""
	return func(good bool, text string) string {
		switch {
		case plain:
			return text
		case good:
			return "\033[32m" + text + "\033[0m"
		default:
			return "\033[31m" + text + "\033[0m"
		}
	}
}
