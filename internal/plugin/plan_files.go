package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/internal/plugin/dryrun"
	"github.com/crossvpc/crossvpc/internal/plugin/manifest"
	"github.com/crossvpc/crossvpc/internal/plugin/view"
)

// dryRunFlags are those of plan -f.
type dryRunFlags struct {
	files              []string
	contexts, profiles []string
	installation       string
}

func (f *dryRunFlags) add(flags *pflag.FlagSet) {
	flags.StringSliceVarP(&f.files, "filename", "f", nil, "Files or folders with the objects to plan for; - is the standard input.")
	f.addClusters(flags, "-f or --nodes")
	f.addAWS(flags, "-f or --nodes")
}

// addClusters are those that say how clusters are reached; with is the flag that they are for.
func (f *dryRunFlags) addClusters(flags *pflag.FlagSet, with string) {
	flags.StringSliceVar(&f.contexts, "cluster-context", nil, "With "+with+": CLUSTER=CONTEXT, the context of your kubeconfig for a PeeredCluster. Default: the context of its name; for EKS also your AWS credentials.")
}

// addAWS are those that say whose credentials read AWS; with is the flag that they are for.
func (f *dryRunFlags) addAWS(flags *pflag.FlagSet, with string) {
	flags.StringSliceVar(&f.profiles, "aws-profile", nil, "With "+with+": IDENTITY=PROFILE, your AWS profile for an AWSIdentity, or PROFILE for all others. Default: what the AWS SDK finds.")
	flags.StringVar(&f.installation, "installation-id", "", "With "+with+": the id that tags begin with, where the operator has been given one. Default: the UID of namespace kube-system.")
}

// plansOfFiles is what -f shows as data.
type plansOfFiles struct {
	Plans []view.Plan `json:"plans"`
}

func (s *session) planFiles(ctx context.Context, flags *planFlags) error {
	if flags.approve || flags.wait != 0 {
		return errors.New("--approve and --wait are for a VPCPeering in the cluster, and not for files")
	}
	objects, err := s.manifests(flags.dryRun.files)
	if err != nil {
		return err
	}
	options, err := s.dryRun(ctx, &flags.dryRun)
	if err != nil {
		return err
	}
	plans, err := dryrun.Plans(ctx, options, objects)
	if err != nil {
		return err
	}
	err = s.print(plansOfFiles{plans}, func(to io.Writer) error {
		for _, plan := range plans {
			if err := s.paper().WritePlan(to, plan); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return judgedPlans(plans)
}

// judgedPlans: what could not be looked at goes before what is in the way.
func judgedPlans(plans []view.Plan) error {
	switch {
	case slices.ContainsFunc(plans, func(plan view.Plan) bool { return len(plan.Unread) > 0 }):
		return errUnclear
	case slices.ContainsFunc(plans, view.Plan.Blocked):
		return errNotGood
	}
	return nil
}

// manifests reads the files, and names every mistake in them.
func (s *session) manifests(names []string) (manifest.Objects, error) {
	namespace, err := s.namespace()
	if err != nil {
		return manifest.Objects{}, err
	}
	files, err := s.filesOf(names)
	if err != nil {
		return manifest.Objects{}, err
	}
	objects, problems, err := manifest.Parse(files, namespace)
	switch {
	case err != nil:
		return manifest.Objects{}, err
	case len(problems) > 0:
		return manifest.Objects{}, errors.New("the files cannot be planned for:\n  " + strings.Join(problems, "\n  "))
	case len(objects.Peerings) == 0:
		return manifest.Objects{}, fmt.Errorf("there is no VPCPeering in %s", strings.Join(names, ", "))
	}
	return objects, nil
}

func (s *session) filesOf(names []string) ([]manifest.File, error) {
	var files []manifest.File
	for _, name := range names {
		if name == "-" {
			content, err := io.ReadAll(s.streams.In)
			if err != nil {
				return nil, fmt.Errorf("reading the standard input: %w", err)
			}
			files = append(files, manifest.File{Name: "standard input", Content: content})
			continue
		}
		paths, err := yamlsIn(name)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			content, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			files = append(files, manifest.File{Name: path, Content: content})
		}
	}
	return files, nil
}

// yamlsIn is the file itself, or what kubectl reads in a folder.
func yamlsIn(name string) ([]string, error) {
	info, err := os.Stat(name)
	if err != nil || !info.IsDir() {
		return []string{name}, err
	}
	entries, err := os.ReadDir(name)
	if err != nil {
		return nil, err
	}
	var paths []string
	for _, entry := range entries {
		if !entry.IsDir() && slices.Contains([]string{".yaml", ".yml", ".json"}, filepath.Ext(entry.Name())) {
			paths = append(paths, filepath.Join(name, entry.Name()))
		}
	}
	return paths, nil
}

// dryRun gathers what the asker has.
func (s *session) dryRun(ctx context.Context, flags *dryRunFlags) (dryrun.Options, error) {
	kube, err := s.reader()
	if err != nil {
		return dryrun.Options{}, err
	}
	options, err := s.asker()
	if err != nil {
		return options, err
	}
	options.Hub, options.Installation, options.System = kube, flags.installation, s.system
	if options.Contexts, err = pairs("--cluster-context", flags.contexts, false); err != nil {
		return options, err
	}
	if options.Profiles, err = pairs("--aws-profile", flags.profiles, true); err != nil {
		return options, err
	}
	if options.Installation == "" {
		system := &corev1.Namespace{}
		if err := kube.Get(ctx, client.ObjectKey{Name: "kube-system"}, system); err != nil {
			return options, fmt.Errorf("reading the UID of kube-system, which is the installation id unless --installation-id says so: %w", err)
		}
		options.Installation = string(system.UID)
	}
	return options, nil
}

// asker is how clusters are reached by whoever asks. What the flags say of the hub is of no other cluster, except whom
// he acts as: with --as nothing is read that this user may not read.
func (s *session) asker() (dryrun.Options, error) {
	config, err := s.flags.ToRESTConfig()
	if err != nil {
		return dryrun.Options{}, err
	}
	kubeconfig, err := s.flags.ToRawKubeConfigLoader().RawConfig()
	if err != nil {
		return dryrun.Options{}, err
	}
	options := dryrun.Options{Config: config, Kubeconfig: kubeconfig}
	if *s.flags.Impersonate != "" {
		options.As = config.Impersonate
	}
	return options, nil
}

// pairs reads NAME=VALUE; with alone a VALUE by itself is for all other names.
func pairs(flag string, given []string, alone bool) (map[string]string, error) {
	found := map[string]string{}
	for _, one := range given {
		name, value, pair := strings.Cut(one, "=")
		if !pair && alone {
			name, value = "", one
		} else if name == "" || value == "" {
			return nil, fmt.Errorf("%s %q is not NAME=VALUE", flag, one)
		}
		found[name] = value
	}
	return found, nil
}
