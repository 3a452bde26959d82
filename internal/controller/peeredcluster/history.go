package peeredcluster

import (
	"net/netip"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cidr"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/clusterview"
)

// noteInForce keeps in status which value nodes that join boot with. Before the
// first value is written it notes that there is none: evidence then goes back to
// the beginning.
func (p *pass) noteInForce(value netip.Prefix) {
	status, from := p.ciliumStatus(), clusterview.NextSecond(p.Clock.Now())
	history := readHistory(status.History)
	switch {
	case len(history) == 0 && !value.IsValid():
		from = p.start.Truncate(time.Second) // there was none before either, and a node may get the first within this second
	case len(history) == 0 && !p.wroteBefore():
		history = history.Begin(from)
	}
	status.History = writeHistory(history.Observe(value, from))
}

// wroteBefore: something in the cluster says that we had a value in it of which
// status, which was lost, says nothing.
func (p *pass) wroteBefore() bool {
	marked := func(node corev1.Node) bool { return clusterview.RecordOf(&node) != nil }
	return len(p.observed.OwnRevisions()) > 0 || p.observed.Facts.Applied.IsValid() || slices.ContainsFunc(p.observed.Nodes, marked)
}

// noteObserved notes what is in force now. Where Cilium can't be seen, as while
// somebody installs it anew, agents are told what they were told before.
func (p *pass) noteObserved() {
	if !p.observed.Facts.Found {
		return
	}
	value, status := p.inForce(), p.ciliumStatus()
	if last := len(status.History) - 1; last >= 0 && !cidr.ContainsAll([]netip.Prefix{value}, prefixes([]string{status.History[last].CIDR})) {
		p.noteLoss()
	}
	p.noteInForce(value)
	p.memory.seen = p.start
	if status.ObservedTime == nil || p.start.Sub(status.ObservedTime.Time) >= observedEvery {
		status.ObservedTime = &metav1.Time{Time: p.start}
	}
}

// observedEvery is how often status says that nothing has changed.
const observedEvery = 10 * time.Minute

// noteLoss notes that what was in force was lost to somebody else, at the earliest
// when it was last seen: who made an agent since then does not have it for sure.
func (p *pass) noteLoss() {
	status := p.ciliumStatus()
	history := readHistory(status.History)
	since := history[len(history)-1].From
	if status.ObservedTime != nil && status.ObservedTime.After(since) {
		since = status.ObservedTime.Time
	}
	if seen := p.memory.seen; !seen.IsZero() && seen.Add(-oldest).After(since) {
		since = seen.Add(-oldest)
	}
	status.History = writeHistory(history.Observe(netip.Prefix{}, since.Truncate(time.Second)))
}

// everywhere stands for Cilium that does not masquerade: whatever the value, pods
// keep their address and their own interface.
var everywhere = netip.MustParsePrefix("0.0.0.0/0")

// inForce is the value that a node which joins now boots with, whoever set it.
func (p *pass) inForce() netip.Prefix {
	if p.observed.Facts.Masquerade == cilium.MasqueradeDisabled {
		return everywhere
	}
	return p.observed.Facts.Boot.CIDR
}

// ownInForce is the widest value of ours that every node may get.
func (p *pass) ownInForce() netip.Prefix {
	own, applied := cilium.InForce(p.observed.OwnRevisions()), p.observed.Facts.Applied
	if applied.IsValid() && (!own.IsValid() || applied.Bits() < own.Bits()) {
		return applied
	}
	return own
}

func readHistory(periods []v1alpha1.CIDRPeriod) cilium.History {
	history := make(cilium.History, 0, len(periods))
	for _, period := range periods {
		value, _ := netip.ParsePrefix(period.CIDR)
		history = append(history, cilium.Period{CIDR: value, From: period.From.Time})
	}
	return history
}

func writeHistory(history cilium.History) []v1alpha1.CIDRPeriod {
	periods := make([]v1alpha1.CIDRPeriod, 0, len(history))
	for i, period := range history {
		written := v1alpha1.CIDRPeriod{CIDR: text(period.CIDR), From: metav1.NewTime(period.From)}
		if i+1 < len(history) {
			until := metav1.NewTime(history[i+1].From)
			written.Until = &until
		}
		periods = append(periods, written)
	}
	return periods
}
