package e2e

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"k8s.io/client-go/tools/clientcmd"
)

// playsAWS is the variable that makes this test binary the program `aws`: it names a folder with the administrators'
// kubeconfigs, by the EKS cluster's name. Where pages are followed as printed, `aws` need not be on the machine.
const playsAWS = "E2E_PLAYS_AWS"

// playAWS is `aws eks`, as far as docs/install.md uses it. What it does not know is an error.
func playAWS(ctx context.Context, kubeconfigs string, args []string) error {
	if len(args) < 2 || args[0] != "eks" {
		return fmt.Errorf("no such command: aws %s", strings.Join(args, " "))
	}
	var c awsCLI
	flags := flag.NewFlagSet("aws eks "+args[1], flag.ContinueOnError)
	flags.StringVar(&c.profile, "profile", os.Getenv("AWS_PROFILE"), "")
	flags.StringVar(&c.region, "region", "", "")
	flags.StringVar(&c.name, map[bool]string{true: "cluster-name", false: "name"}[args[1] == "create-access-entry"], "", "")
	do := map[string]func(context.Context, *eks.Client) error{
		"describe-cluster": c.describe, "create-access-entry": c.letIn,
		"update-kubeconfig": func(context.Context, *eks.Client) error { return c.mergeKubeconfig(filepath.Join(kubeconfigs, c.name)) },
	}[args[1]]
	switch args[1] {
	case "describe-cluster":
		flags.StringVar(&c.query, "query", "", "")
		flags.StringVar(&c.output, "output", "json", "")
	case "update-kubeconfig":
		flags.StringVar(&c.alias, "alias", "", "")
	case "create-access-entry":
		flags.StringVar(&c.principal, "principal-arn", "", "")
		flags.StringVar(&c.groups, "kubernetes-groups", "", "")
	default:
		return fmt.Errorf("no such command: aws eks %s", args[1])
	}
	if err := flags.Parse(args[2:]); err != nil {
		return err
	}
	loaded, err := config.LoadDefaultConfig(ctx, config.WithSharedConfigProfile(c.profile), config.WithRegion(c.region))
	if err != nil {
		return err
	}
	return do(ctx, eks.NewFromConfig(loaded))
}

// awsCLI is what flags say.
type awsCLI struct{ profile, region, name, query, output, alias, principal, groups string }

func (c *awsCLI) describe(ctx context.Context, client *eks.Client) error {
	if c.query != "cluster.resourcesVpcConfig.vpcId" || c.output != "text" {
		return fmt.Errorf("nobody taught this aws --query %s --output %s", c.query, c.output)
	}
	out, err := client.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: &c.name})
	if err != nil {
		return err
	}
	fmt.Println(aws.ToString(out.Cluster.ResourcesVpcConfig.VpcId))
	return nil
}

func (c *awsCLI) letIn(ctx context.Context, client *eks.Client) error {
	_, err := client.CreateAccessEntry(ctx, &eks.CreateAccessEntryInput{
		ClusterName: &c.name, PrincipalArn: &c.principal, KubernetesGroups: strings.Split(c.groups, ","),
	})
	return err
}

// mergeKubeconfig adds the cluster to the kubeconfig under its alias, and makes it the current context.
func (c *awsCLI) mergeKubeconfig(administrators string) error {
	own, err := clientcmd.LoadFromFile(administrators)
	if err != nil {
		return err
	}
	path := os.Getenv("KUBECONFIG")
	all, err := clientcmd.LoadFromFile(path)
	if errors.Is(err, os.ErrNotExist) {
		all, err = clientcmd.Load(nil)
	}
	if err != nil {
		return err
	}
	theirs := own.Contexts[own.CurrentContext]
	all.Clusters[c.alias], all.AuthInfos[c.alias] = own.Clusters[theirs.Cluster], own.AuthInfos[theirs.AuthInfo]
	theirs.Cluster, theirs.AuthInfo = c.alias, c.alias
	all.Contexts[c.alias], all.CurrentContext = theirs, c.alias
	return clientcmd.WriteToFile(*all, path)
}
