package cilium

import (
	"net/netip"
	"strings"
	"time"
)

// noValue stands for a period without value.
const noValue = "none"

// earliest is the first time that status takes.
var earliest = time.Unix(0, 0)

// String is the history as an annotation has it: each period's beginning and value.
func (h History) String() string {
	periods := make([]string, 0, len(h))
	for _, period := range h {
		value := noValue
		if period.CIDR.IsValid() {
			value = period.CIDR.String()
		}
		periods = append(periods, period.From.UTC().Format(time.RFC3339)+" "+value)
	}
	return strings.Join(periods, ", ")
}

// ReadHistory is the inverse of [History.String]; nil for what no writer of ours can have written by now. Who has the
// cluster can write what they like there: it says no more than how that cluster's own nodes are judged, whose pods they can edit as well.
func ReadHistory(text string, now time.Time) History {
	if text == "" {
		return nil
	}
	var history History
	for period := range strings.SplitSeq(text, ", ") {
		read, ok := readPeriod(period)
		last := len(history) - 1
		if !ok || read.From.Before(earliest) || len(history) == MaxHistory || last >= 0 && (read.From.Before(history[last].From) || read.CIDR == history[last].CIDR) || read.From.After(now.Add(time.Second)) {
			return nil
		}
		history = append(history, read)
	}
	return history
}

func readPeriod(text string) (Period, bool) {
	stamp, value, _ := strings.Cut(text, " ")
	from, err := time.Parse(time.RFC3339, stamp)
	if err != nil || value == noValue {
		return Period{From: from}, err == nil
	}
	prefix, err := ParseNativeCIDR(value)
	return Period{CIDR: prefix, From: from}, err == nil && prefix != netip.Prefix{}
}
