package probe

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/vishvananda/netlink"
)

// asNobody is set for the copy of this program that only reads rules.
const asNobody = "PROBE_TEST_AS_NOBODY"

func TestMain(m *testing.M) {
	if os.Getenv(asNobody) != "" {
		os.Exit(readAsNobody())
	}
	os.Exit(m.Run())
}

func readAsNobody() int {
	rules, err := ReadRules()
	if err != nil {
		fmt.Fprint(os.Stderr, err)
		return 1
	}
	_, _ = fmt.Fprint(os.Stdout, strings.Join(EgressRules(rules), "\n"))
	if netlink.RuleAdd(netlinkRule("10.11.4.93", "", 11)) == nil {
		fmt.Fprint(os.Stderr, "it may change rules, so it is not without privileges")
		return 1
	}
	return 0
}

// inNamespace leads this test's thread into a network namespace of its own; the
// thread ends with the test.
func inNamespace(t *testing.T) {
	t.Helper()
	runtime.LockOSThread()
	err := syscall.Unshare(syscall.CLONE_NEWNET)
	if errors.Is(err, syscall.EPERM) {
		t.Skip("making a network namespace needs root")
	}
	if err != nil {
		t.Fatal(err)
	}
}

func netlinkRule(source, destination string, table int) *netlink.Rule {
	rule := netlink.NewRule()
	rule.Priority, rule.Table = egressPriority, table
	rule.Src = &net.IPNet{IP: net.ParseIP(source).To4(), Mask: net.CIDRMask(32, 32)}
	if destination != "" {
		_, rule.Dst, _ = net.ParseCIDR(destination)
	}
	return rule
}

func TestRulesAreReadFromTheKernelWithoutPrivileges(t *testing.T) {
	inNamespace(t)
	for _, rule := range []*netlink.Rule{netlinkRule("10.11.4.91", "10.8.0.0/13", 11), netlinkRule("10.11.4.92", "", 12)} {
		if err := netlink.RuleAdd(rule); err != nil {
			t.Fatal(err)
		}
	}
	rules, err := ReadRules()
	if err != nil {
		t.Fatal(err)
	}
	for _, pod := range []PodAddress{{netip.MustParseAddr("10.11.4.91"), 1}, {netip.MustParseAddr("10.11.4.92"), 2}} {
		if verdict := JudgeRules(rules, pod, prefixes("10.12.0.0/16")); !verdict.Covered() {
			t.Errorf("%+v of %v", verdict, rules)
		}
	}
	if verdict := JudgeRules(rules, PodAddress{netip.MustParseAddr("10.11.4.91"), 1}, prefixes("10.16.0.0/16")); verdict.Covered() {
		t.Errorf("10.16.0.0/16 counts as covered: %+v", verdict)
	}

	read := exec.CommandContext(t.Context(), "/proc/self/exe")
	read.Env = append(os.Environ(), asNobody+"=1")
	read.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	output, err := read.CombinedOutput()
	want := "111: from 10.11.4.91/32 to 10.8.0.0/13 lookup 11\n111: from 10.11.4.92/32 lookup 12"
	if err != nil || string(output) != want {
		t.Errorf("as nobody it reads %q (%v), want %q", output, err, want)
	}
}
