// Package partition knows AWS's partitions and regions: aws, China, GovCloud, the European Sovereign Cloud and others.
// What is the name of a region in a zone's name, in which partition a region is and what ends its host names comes from
// one table, which is AWS's own (table.go).
package partition

import (
	"regexp"
	"slices"
	"strings"
)

// Partition is a part of AWS that shares nothing with the others: neither accounts nor connections.
type Partition struct {
	// ID is the second part of its ARNs.
	ID string
	// DNSSuffix ends the names of its endpoints, DualStackDNSSuffix those that have IPv6 too.
	DNSSuffix, DualStackDNSSuffix string
	// Region is the one that answers for the partition as a whole: there is where STS and IAM are for sure.
	Region string

	pattern *regexp.Regexp
	regions []string
}

// standard is the partition of regions that nobody knows, as for the SDK.
const standard = "aws"

// Standard is the partition that most of the world is in.
func Standard() Partition { return byID(standard) }

// Of is the partition of a region. AWS's table has regions and, for those that are younger than the table, a pattern for
// each partition; what fits none is in aws, as for the SDK.
func Of(region string) Partition {
	if found, known := lookUp(region); known {
		return found
	}
	return byID(standard)
}

func lookUp(region string) (Partition, bool) {
	for _, p := range table {
		if slices.Contains(p.regions, region) {
			return p, true
		}
	}
	for _, p := range table {
		if p.pattern.MatchString(region) {
			return p, true
		}
	}
	return Partition{}, false
}

func byID(id string) Partition {
	at := slices.IndexFunc(table, func(p Partition) bool { return p.ID == id })
	if at < 0 {
		return Partition{}
	}
	return table[at]
}

// OfARN is the partition that an ARN names, false where it names none that is known.
func OfARN(arn string) (Partition, bool) {
	parts := strings.SplitN(arn, ":", 3)
	if len(parts) < 3 || parts[0] != "arn" {
		return Partition{}, false
	}
	found := byID(parts[1])
	return found, found.ID != ""
}

// Known says whether a region is one of AWS's table or fits the pattern of a partition.
func Known(region string) bool {
	_, known := lookUp(region)
	return known
}

// RegionOf is the region of a zone: of an availability zone (eu-west-1a, eusc-de-east-1a), a local zone
// (us-west-2-lax-1a) or a wavelength zone (us-east-1-wl1-bos-wlz-1). It is empty for what is no zone.
// https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-zones.html
func RegionOf(zone string) string {
	parts := strings.Split(zone, "-")
	for end := len(parts); end > 0; end-- {
		region := strings.Join(parts[:end], "-")
		if end == len(parts) {
			region = strings.TrimRight(region, letters)
		}
		if region != zone && Known(region) {
			return region
		}
	}
	return ""
}

// letters may follow the name of a region in that of an availability zone.
const letters = "abcdefghijklmnopqrstuvwxyz"
