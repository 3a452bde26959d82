package verification

import (
	"cmp"
	"slices"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
)

// mostDirections is what status takes.
const mostDirections = 32

// directions sums up what was measured from one cluster to another, those with the most failures first.
func directions(attempts []attempt) []v1alpha1.ProbeDirection {
	of := map[[2]string][]attempt{}
	for _, a := range attempts {
		key := [2]string{a.from.cluster, a.to.cluster}
		of[key] = append(of[key], a)
	}
	var all []v1alpha1.ProbeDirection
	for key, measured := range of {
		all = append(all, summed(key[0], key[1], measured))
	}
	slices.SortFunc(all, func(a, b v1alpha1.ProbeDirection) int {
		return cmp.Or(cmp.Compare(b.Probes-b.Passed, a.Probes-a.Passed), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To))
	})
	return all[:min(len(all), mostDirections)]
}

func summed(from, to string, measured []attempt) v1alpha1.ProbeDirection {
	sum := v1alpha1.ProbeDirection{From: from, To: to, Probes: int32(len(measured))}
	var shortest, medians, longest []int64
	for _, a := range measured {
		sum.Passed += int32(rank(a))
		tries, lost, packet := believed(a.Tries), believed(a.Lost), believed(a.Packet)
		sum.Attempts += tries
		sum.Lost += min(lost, tries)
		if packet > 0 && (sum.LargestPacketBytes == 0 || packet < sum.LargestPacketBytes) {
			sum.LargestPacketBytes = packet
		}
		if len(a.Micros) == 3 && a.Micros[0] >= 0 {
			shortest, medians, longest = append(shortest, a.Micros[0]), append(medians, a.Micros[1]), append(longest, a.Micros[2])
		}
	}
	if len(medians) > 0 {
		slices.Sort(medians)
		sum.ConnectMicroseconds = &v1alpha1.ProbeTimes{Min: slices.Min(shortest), Median: medians[len(medians)/2], Max: slices.Max(longest)}
	}
	return sum
}

// believed bounds a number in a report: what a pod says is not proven.
func believed(reported int) int32 { return int32(min(max(reported, 0), mostBelieved)) }

const mostBelieved = 1 << 16
