package partition

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestTheRegionOfAZoneIsReadOffItsName(t *testing.T) {
	for zone, want := range map[string]string{
		"eu-west-1a": "eu-west-1", "ap-southeast-4c": "ap-southeast-4", "mx-central-1a": "mx-central-1", "il-central-1b": "il-central-1",
		"us-gov-west-1b": "us-gov-west-1", "cn-north-1a": "cn-north-1", "cn-northwest-1c": "cn-northwest-1",
		"eusc-de-east-1a": "eusc-de-east-1", "us-iso-east-1a": "us-iso-east-1", "us-isob-east-1b": "us-isob-east-1", "eu-isoe-west-1a": "eu-isoe-west-1",
		"us-west-2-lax-1a": "us-west-2", "us-east-1-bos-1a": "us-east-1", "ap-southeast-1-sgp-1a": "ap-southeast-1", // local zones
		"us-east-1-wl1-bos-wlz-1": "us-east-1", "eu-west-2-wl1-lon-wlz-1": "eu-west-2", "us-west-2-wl1-las-wlz-1": "us-west-2", // wavelength zones
		"ap-south-9a": "ap-south-9", "us-gov-north-3a": "us-gov-north-3", "eusc-de-west-2b": "eusc-de-west-2", // younger than the table
		"eusc-de-east-1-muc-1a": "eusc-de-east-1",
		"":                      "", "eu-west-1": "", "euw1-az1": "", "aws-global": "", "nonsense": "", "eu-west-": "", "a": "",
	} {
		if got := RegionOf(zone); got != want {
			t.Errorf("region of %q: %q, want %q", zone, got, want)
		}
	}
}

func TestEveryRegionIsInOnePartition(t *testing.T) {
	for region, want := range map[string]struct{ id, suffix string }{
		"eu-west-1": {"aws", "amazonaws.com"}, "us-gov-west-1": {"aws-us-gov", "amazonaws.com"}, "cn-north-1": {"aws-cn", "amazonaws.com.cn"},
		"eusc-de-east-1": {"aws-eusc", "amazonaws.eu"}, "us-iso-east-1": {"aws-iso", "c2s.ic.gov"}, "eusc-de-west-7": {"aws-eusc", "amazonaws.eu"},
		"nowhere": {"aws", "amazonaws.com"},
	} {
		if got := Of(region); got.ID != want.id || got.DNSSuffix != want.suffix {
			t.Errorf("%s is in %s with %s, want %v", region, got.ID, got.DNSSuffix, want)
		}
	}
	for _, p := range table {
		for _, region := range p.regions {
			if got := Of(region); got.ID != p.ID {
				t.Errorf("%s of %s is found in %s", region, p.ID, got.ID)
			}
			if got := RegionOf(region + "a"); got != region {
				t.Errorf("zone %sa is in region %q", region, got)
			}
		}
		if Of(p.Region).ID != p.ID {
			t.Errorf("the region %s of %s is another partition's", p.Region, p.ID)
		}
	}
}

func TestAnARNNamesItsPartition(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws-eusc:iam::111111111111:role/x": "aws-eusc", "arn:aws:iam::111111111111:role/x": "aws", "arn:aws-cn:iam::1:role/x": "aws-cn",
		"arn:aws-mars:iam::1:role/x": "", "": "", "arn": "", "x:aws:y": "",
	} {
		if got, known := OfARN(arn); got.ID != want || known != (want != "") {
			t.Errorf("%s: %q, %v", arn, got.ID, known)
		}
	}
}

// What names a partition, or what ends its host names, comes from the table: in code, in IAM policies, in Terraform and in the
// simulated AWS. Comments may give examples; those who play users in tests live in aws.
func TestNoPartitionIsWrittenOut(t *testing.T) {
	written := regexp.MustCompile(`arn:aws:|"arn:aws-|amazonaws\.com(\.cn)?"|amazonaws\.eu`)
	looked := 0
	for _, folder := range []string{"api", "cmd", "internal", "config/iam", "config/testbed", "charts/crossvpc/templates", "test/awssim/internal"} {
		err := filepath.WalkDir(filepath.Join("../..", folder), func(path string, entry fs.DirEntry, err error) error {
			name := filepath.ToSlash(path)
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || strings.HasSuffix(name, "internal/partition/table.go") ||
				!strings.Contains(".go.json.tf.yaml", filepath.Ext(name)) || strings.HasSuffix(name, "crds.yaml") {
				return err
			}
			text, err := os.ReadFile(path)
			looked++
			for number, line := range strings.Split(string(text), "\n") {
				code := strings.TrimSpace(line)
				if found := written.FindString(code); found != "" && !strings.HasPrefix(code, "//") && !service(code) {
					t.Errorf("%s:%d: %s: take it from internal/partition", name, number+1, found)
				}
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if looked < 100 {
		t.Errorf("only %d files were looked at", looked)
	}
}

// service says whether a line names a service principal or the audience of a token, which are the same in all partitions.
func service(line string) bool {
	return strings.Contains(line, `"pods.eks.amazonaws.com"`) || strings.Contains(line, `"sts.amazonaws.com"`) ||
		strings.Contains(line, `"eks.amazonaws.com"`) || strings.Contains(line, `"ec2.amazonaws.com"`)
}

func TestTheStandardPartitionIsTheOneOfMostRegions(t *testing.T) {
	if got := Standard(); got.ID != "aws" || got.DNSSuffix != "amazonaws.com" {
		t.Errorf("it is %+v", got)
	}
}
