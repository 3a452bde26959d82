package firstrun

import (
	"cmp"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"
	"sigs.k8s.io/yaml"

	"github.com/crossvpc/crossvpc/internal/bootstrap"
	"github.com/crossvpc/crossvpc/internal/partition"
)

// How crossvpc is installed.
const (
	ByHelm    = "helm"
	ByKubectl = "kubectl"
)

// What is undone.
const (
	UndoAll  = "all"
	UndoLast = "last"
)

// Place is one cluster and where it is in AWS.
type Place struct {
	// Name is that of the AWSIdentity, and of the PeeredCluster unless it is the hub's.
	Name string
	// Profile of the AWS configuration; empty: the credentials of the environment.
	Profile, Region, Cluster string
	// Context of the kubeconfig. Default: the name of the cluster.
	Context string
	// Account that the profile must belong to; empty: whichever it is.
	Account string
	// RoleARN of the role that does the work there. Default: role crossvpc of the account.
	RoleARN string
}

// Settings are what is asked of who runs it.
type Settings struct {
	InstallationID string
	// Namespace of the VPCPeering.
	Namespace  string
	Hub, Other Place
	// Installer is helm or kubectl, Chart what Helm installs, Image what runs instead of the released image.
	Installer, Chart, Image string
	// Rollout is YAML that is merged into spec.rollout of both PeeredClusters.
	Rollout string
	// Sources is the folder with config/.
	Sources string
	// Record is the file that says what was begun.
	Record string
	// CheckOnly stops after the checks, Undo takes steps back.
	CheckOnly bool
	Undo      string
	// Yes answers every question with yes. NoVerify leaves the probes out.
	Yes, NoVerify bool
	// Patience is how long a step may take.
	Patience time.Duration
}

// Bind adds the flags. Their defaults are the names that docs/install.md exports.
func (s *Settings) Bind(flags *flag.FlagSet) {
	flags.StringVar(&s.InstallationID, "installation-id", os.Getenv("ID"), "installation id, chosen once (default: $ID)")
	flags.StringVar(&s.Namespace, "namespace", "network", "namespace of the VPCPeering")
	s.Hub.bind(flags, "hub", "EU", "eu")
	s.Other.bind(flags, "other", "US", "us")
	flags.StringVar(&s.Installer, "installer", ByHelm, "how crossvpc is installed: helm or kubectl")
	flags.StringVar(&s.Chart, "chart", "", "chart that Helm installs (default: charts/crossvpc of the sources)")
	flags.StringVar(&s.Image, "image", "", "image in place of the released one, as name:tag")
	flags.StringVar(&s.Rollout, "rollout", "", "YAML for spec.rollout of both PeeredClusters, such as '{maxUnavailable: 2}'; approval is Manual unless it is named here")
	flags.StringVar(&s.Sources, "sources", ".", "folder of crossvpc's sources, with config/ and charts/")
	flags.StringVar(&s.Record, "record", "first-run.json", "file that says which steps were begun")
	flags.BoolVar(&s.CheckOnly, "check", false, "make the checks, which change nothing, and stop")
	flags.StringVar(&s.Undo, "undo", "", "take back the steps that were made: all or last")
	flags.BoolVar(&s.Yes, "yes", false, "answer each question with yes")
	flags.BoolVar(&s.NoVerify, "no-verify", false, "make no probe pods in the end")
	flags.DurationVar(&s.Patience, "patience", time.Hour, "how long one step may take")
}

func (p *Place) bind(flags *flag.FlagSet, role, prefix, name string) {
	env := func(key string) string { return os.Getenv(prefix + "_" + key) }
	says := func(what, key string) string {
		return fmt.Sprintf("%s of the %s cluster (default: $%s_%s)", what, role, prefix, key)
	}
	flags.StringVar(&p.Name, role+"-name", name, role+" cluster: short name of its side in objects")
	flags.StringVar(&p.Profile, role+"-profile", env("PROFILE"), says("AWS profile of its account", "PROFILE"))
	flags.StringVar(&p.Region, role+"-region", env("REGION"), says("region", "REGION"))
	flags.StringVar(&p.Cluster, role+"-cluster", env("CLUSTER"), says("EKS name", "CLUSTER"))
	flags.StringVar(&p.Account, role+"-account", env("ACCOUNT"), says("account that the profile must be of", "ACCOUNT"))
	flags.StringVar(&p.Context, role+"-context", env("CONTEXT"), says("kubeconfig context", "CONTEXT")+"; else the EKS name")
	flags.StringVar(&p.RoleARN, role+"-role", env("ROLE"), says("ARN of crossvpc's role in its account", "ROLE")+"; else role/crossvpc")
}

// Complete fills in what follows from the rest, and says all that is missing.
func (s *Settings) Complete() error {
	var missing []string
	need := func(value, what string) {
		if value == "" {
			missing = append(missing, what)
		}
	}
	need(s.InstallationID, "ID (-installation-id)")
	for _, side := range []struct {
		place        *Place
		role, prefix string
	}{{&s.Hub, "hub", "EU"}, {&s.Other, "other", "US"}} {
		need(side.place.Region, side.prefix+"_REGION (-"+side.role+"-region)")
		need(side.place.Cluster, side.prefix+"_CLUSTER (-"+side.role+"-cluster)")
		side.place.Context = cmp.Or(side.place.Context, side.place.Cluster)
	}
	s.Chart = cmp.Or(s.Chart, s.Sources+"/charts/crossvpc")
	if len(missing) > 0 {
		return fmt.Errorf("docs/first-run.md says what to set first; missing: %s", strings.Join(missing, ", "))
	}
	return s.validate()
}

func (s *Settings) validate() error {
	switch {
	case len(validation.IsValidLabelValue(s.InstallationID)) > 0:
		return errors.New("-installation-id must have at most 63 characters: letters, digits, '-', '_' and '.', and a letter or digit at both ends")
	case !slices.Contains([]string{ByHelm, ByKubectl}, s.Installer):
		return fmt.Errorf("-installer %q is not helm or kubectl", s.Installer)
	case !slices.Contains([]string{"", UndoAll, UndoLast}, s.Undo):
		return fmt.Errorf("-undo %q is not all or last", s.Undo)
	case s.Hub.Name == s.Other.Name:
		return fmt.Errorf("both clusters have the name %q; choose -hub-name and -other-name", s.Hub.Name)
	case s.Other.Name == bootstrap.LocalCluster:
		return fmt.Errorf("-other-name must not be %q: PeeredCluster/%s is the hub", bootstrap.LocalCluster, bootstrap.LocalCluster)
	case s.Hub.Context == s.Other.Context:
		return fmt.Errorf("both clusters have the context %q; name two contexts", s.Hub.Context)
	}
	var rollout map[string]any
	if err := yaml.Unmarshal([]byte(s.Rollout), &rollout); err != nil {
		return fmt.Errorf("-rollout: %w", err)
	}
	return nil
}

// role is the ARN of crossvpc's role in an account.
func (p Place) role(account string) string {
	return cmp.Or(p.RoleARN, fmt.Sprintf("arn:%s:iam::%s:role/crossvpc", partition.Of(p.Region).ID, account))
}

// peering is the name of the VPCPeering.
func (s *Settings) peering() string { return s.Hub.Name + "-" + s.Other.Name }
