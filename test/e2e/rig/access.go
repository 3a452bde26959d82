package rig

import (
	"context"
	"encoding/base64"
	"fmt"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/crossvpc/crossvpc/test/authenticator"
	"github.com/crossvpc/crossvpc/test/awssim"
)

// EKSName is the name of a side's EKS cluster.
func EKSName(side string) string { return "prod-" + side }

// prepareWebhook makes what the us cluster's API server asks whose a token is; the flags are by cluster.
func (r *Rig) prepareWebhook(ctx context.Context) (map[string][]string, error) {
	if r.Options.Alone || r.Options.Kubeconfig {
		return nil, nil
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	r.onStop(func() error { stop(); return nil })
	webhook, err := authenticator.New(running, authenticator.Options{ClusterID: EKSName("us"), URL: r.URL, Dir: filepath.Join(r.dir, "authenticator")})
	if err != nil {
		return nil, err
	}
	r.webhook = webhook
	webhook.Follow(running, r.Cloud, r.usPlace(), EKSName("us"))
	return map[string][]string{"us": webhook.Flags()}, nil
}

func (r *Rig) usPlace() awssim.Place {
	return awssim.Place{Account: r.Pair.Accepter.Account, Region: r.Pair.Accepter.Region}
}

// grantByEntry has the us cluster's API server stand behind the EKS cluster, and lets crossvpc's role in.
func (r *Rig) grantByEntry(ctx context.Context) error {
	if err := r.standBehindEKS(ctx); err != nil {
		return err
	}
	return r.LetIn(ctx)
}

// standBehindEKS has EKS name the API servers of both clusters, and that of us ask whose a token is.
func (r *Rig) standBehindEKS(ctx context.Context) error {
	if err := r.webhook.Start(ctx, r.US.Cluster); err != nil {
		return err
	}
	for _, side := range r.Sides() {
		server, place := side.Cluster.Config(), awssim.Place{Account: side.Network.Account, Region: side.Network.Region}
		if err := r.Cloud.SetClusterEndpoint(place, EKSName(side.Name), server.Host, base64.StdEncoding.EncodeToString(server.CAData)); err != nil {
			return err
		}
	}
	return nil
}

// LetIn makes the access entry of crossvpc's role in the us cluster, as its owner does.
func (r *Rig) LetIn(ctx context.Context) error {
	client, err := r.usEKS(ctx)
	if err != nil {
		return err
	}
	if _, err := client.CreateAccessEntry(ctx, &eks.CreateAccessEntryInput{
		ClusterName: aws.String(EKSName("us")), PrincipalArn: aws.String(RoleARN), KubernetesGroups: []string{"crossvpc"},
	}); err != nil {
		return fmt.Errorf("making the access entry: %w", err)
	}
	return nil
}

// ShutOut deletes it.
func (r *Rig) ShutOut(ctx context.Context) error {
	client, err := r.usEKS(ctx)
	if err != nil {
		return err
	}
	if _, err := client.DeleteAccessEntry(ctx, &eks.DeleteAccessEntryInput{ClusterName: aws.String(EKSName("us")), PrincipalArn: aws.String(RoleARN)}); err != nil {
		return fmt.Errorf("deleting the access entry: %w", err)
	}
	return nil
}

func (r *Rig) usEKS(ctx context.Context) (*eks.Client, error) {
	config, err := r.Accounts.Config(ctx, r.usPlace().Account, r.usPlace().Region)
	if err != nil {
		return nil, err
	}
	return eks.NewFromConfig(config), nil
}

// grantByKubeconfig puts a cluster's kubeconfig where crossvpc looks for it.
func (r *Rig) grantByKubeconfig(ctx context.Context, side *Side) error {
	kubeconfig, err := side.Cluster.ServiceAccountKubeconfig(ctx, SystemNamespace, ServiceAccount)
	if err != nil {
		return err
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: SystemNamespace, Name: side.Name},
		Data:       map[string][]byte{"value": kubeconfig},
	}
	return r.Hub.Kube.Create(ctx, secret)
}
