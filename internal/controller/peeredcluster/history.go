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

// valueHistory is which values agents were told, as status keeps it, beside what was
// read of the cluster now.
type valueHistory struct {
	*subject
	view *clusterview.View
}

// noteInForce keeps in status which value nodes that join boot with. Before the
// first value is written it notes that there is none: evidence then goes back to
// the beginning.
func (h *valueHistory) noteInForce(value netip.Prefix) {
	status, from := h.ciliumStatus(), clusterview.NextSecond(h.clock.Now())
	history := readHistory(status.History)
	if len(history) == 0 {
		history = h.recorded(value)
	}
	switch {
	case len(history) == 0 && !value.IsValid():
		from = h.start.Truncate(time.Second) // there was none before either, and a node may get the first within this second
	case len(history) == 0 && !h.wroteBefore():
		history = history.Begin(from)
	}
	status.History = writeHistory(history.Observe(value, from))
}

// recorded is the history that an earlier status had, as an object of ours says. It is nil where none ends with what is in force
// now: the writer came no further, or somebody else changed something since.
func (h *valueHistory) recorded(inForce netip.Prefix) cilium.History {
	for _, config := range h.view.Install.Objects.NodeConfigs {
		if whose := h.owner.Classify(config); whose != cilium.OwnershipOurs && whose != cilium.OwnershipPredecessor {
			continue
		}
		history := cilium.ReadHistory(config.Metadata.Annotations[cilium.AnnotationHistory], h.start)
		if last := len(history) - 1; last >= 0 && history[last].CIDR == inForce {
			return history
		}
	}
	return nil
}

// historyToKeep is the history of status, or, until status has one, what objects of ours say.
func (h *valueHistory) historyToKeep() cilium.History {
	if history := readHistory(h.ciliumStatus().History); len(history) > 0 {
		return history
	}
	return h.recorded(h.inForce())
}

// wroteBefore: something in the cluster says that we had a value in it of which
// status, which was lost, says nothing.
func (h *valueHistory) wroteBefore() bool {
	return len(h.view.OwnRevisions()) > 0 || h.view.Facts.Applied.IsValid() || h.marked()
}

// marked: some node has a record of ours.
func (h *valueHistory) marked() bool {
	return slices.ContainsFunc(h.view.Nodes, func(node corev1.Node) bool { return clusterview.RecordOf(&node) != nil })
}

// noteObserved notes what is in force now. Where Cilium can't be seen, as while
// somebody installs it again, agents are told what they were told before.
func (h *valueHistory) noteObserved() {
	if !h.view.Facts.Found {
		return
	}
	value, status := h.inForce(), h.ciliumStatus()
	if last := len(status.History) - 1; last >= 0 && !cidr.ContainsAll([]netip.Prefix{value}, prefixes([]string{status.History[last].CIDR})) {
		h.noteLoss()
	}
	h.noteInForce(value)
	h.memory.seen = h.start
	if status.ObservedTime == nil || h.start.Sub(status.ObservedTime.Time) >= observedEvery {
		status.ObservedTime = &metav1.Time{Time: h.start}
	}
}

// noteLoss notes that what was in force was lost to somebody else, at the earliest
// when it was last seen: who made an agent since then does not have it for sure.
func (h *valueHistory) noteLoss() {
	status := h.ciliumStatus()
	history := readHistory(status.History)
	since := history[len(history)-1].From
	if status.ObservedTime != nil && status.ObservedTime.After(since) {
		since = status.ObservedTime.Time
	}
	if seen := h.memory.seen; !seen.IsZero() && seen.Add(-oldest).After(since) {
		since = seen.Add(-oldest)
	}
	status.History = writeHistory(history.Observe(netip.Prefix{}, since.Truncate(time.Second)))
}

// everywhere stands for Cilium that does not masquerade: whatever the value, pods
// keep their address and their own interface.
var everywhere = netip.MustParsePrefix("0.0.0.0/0")

// inForce is the value that a node which joins now boots with, whoever set it.
func (h *valueHistory) inForce() netip.Prefix {
	if h.view.Facts.Masquerade == cilium.MasqueradeDisabled {
		return everywhere
	}
	return h.view.Facts.Boot.CIDR
}

// ownInForce is the widest value of ours that every node may get.
func (h *valueHistory) ownInForce() netip.Prefix {
	own, applied := cilium.InForce(h.view.OwnRevisions()), h.view.Facts.Applied
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
