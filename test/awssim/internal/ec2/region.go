package ec2

// regionZones are the regions with the prefix of their zone ids and the letters of their zones
// (docs.aws.amazon.com/global-infrastructure/latest/regions).
var regionZones = map[string]struct{ idPrefix, letters string }{
	"us-east-1":      {"use1", "abcdef"},
	"us-east-2":      {"use2", "abc"},
	"us-west-1":      {"usw1", "ac"},
	"us-west-2":      {"usw2", "abcd"},
	"ca-central-1":   {"cac1", "abd"},
	"sa-east-1":      {"sae1", "abc"},
	"eu-west-1":      {"euw1", "abc"},
	"eu-west-2":      {"euw2", "abc"},
	"eu-west-3":      {"euw3", "abc"},
	"eu-central-1":   {"euc1", "abc"},
	"eu-north-1":     {"eun1", "abc"},
	"ap-south-1":     {"aps1", "abc"},
	"ap-northeast-1": {"apne1", "acd"},
	"ap-northeast-2": {"apne2", "abcd"},
	"ap-northeast-3": {"apne3", "abc"},
	"ap-southeast-1": {"apse1", "abc"},
	"ap-southeast-2": {"apse2", "abc"},
	// Of other partitions. The ids of the zones of the European Sovereign Cloud are a guess, on which nothing rests.
	"us-gov-west-1":  {"usgw1", "abc"},
	"us-gov-east-1":  {"usge1", "abc"},
	"cn-north-1":     {"cnn1", "abd"},
	"cn-northwest-1": {"cnnw1", "abc"},
	"eusc-de-east-1": {"euscde1", "ab"},
}

// zone is an availability zone.
type zone struct{ name, id string }

// zonesOf are the zones of a region in the order of their letters.
func zonesOf(region string) []zone {
	known := regionZones[region]
	zones := make([]zone, 0, len(known.letters))
	for i, letter := range known.letters {
		zones = append(zones, zone{name: region + string(letter), id: known.idPrefix + "-az" + string(rune('1'+i))})
	}
	return zones
}
