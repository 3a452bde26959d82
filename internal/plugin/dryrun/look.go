package dryrun

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/aws"
	"github.com/crossvpc/crossvpc/internal/controller/object"
	"github.com/crossvpc/crossvpc/internal/message"
)

// lookAround looks at what a VPCPeering rests on: identities first, since clusters are reached and proven through them.
func (r *run) lookAround(ctx context.Context, peering *v1alpha1.VPCPeering) error {
	for _, side := range []v1alpha1.VPCPeeringSide{peering.Spec.Requester, peering.Spec.Accepter} {
		clusters, err := r.lookAtIdentities(ctx, side)
		if err != nil {
			return err
		}
		for _, cluster := range clusters {
			r.lookAtCluster(ctx, cluster)
		}
	}
	return nil
}

// lookAtIdentities looks at all that a side acts through, those of its clusters too, and returns these.
func (r *run) lookAtIdentities(ctx context.Context, side v1alpha1.VPCPeeringSide) ([]*v1alpha1.PeeredCluster, error) {
	var clusters []*v1alpha1.PeeredCluster
	for _, ref := range side.ClusterRefs {
		cluster := &v1alpha1.PeeredCluster{}
		if err := r.hub.Get(ctx, client.ObjectKey{Name: ref.Name}, cluster); apierrors.IsNotFound(err) {
			continue // the plan says so
		} else if err != nil {
			return nil, err
		}
		clusters = append(clusters, cluster)
		if err := r.lookAtIdentity(ctx, object.IdentityName(cluster.Spec.IdentityRef)); err != nil {
			return nil, err
		}
	}
	for _, name := range identitiesOf(side, clusters) {
		if err := r.lookAtIdentity(ctx, name); err != nil {
			return nil, err
		}
	}
	return clusters, nil
}

// identitiesOf are those that a side acts through: in a shared VPC its groups have their own.
func identitiesOf(side v1alpha1.VPCPeeringSide, clusters []*v1alpha1.PeeredCluster) []string {
	names := []string{object.SideIdentity(side, clusters)}
	if groups := object.GroupsIdentity(side, clusters); groups != "" {
		names = append(names, groups)
	}
	return names
}

// lookAtIdentity asks AWS whose credentials the asker has, in place of those of the identity's role. What the live
// status says of the role says nothing of them.
func (r *run) lookAtIdentity(ctx context.Context, name string) error {
	if r.looked[name] {
		return nil
	}
	r.looked[name] = true
	identity, missing, err := (object.Identities{Reader: r.hub}).Find(ctx, name, "The plan")
	if err != nil || missing != nil {
		return err
	}
	r.hub.identities[client.ObjectKey{Name: name}] = identity
	account, _, err := r.clouds.Caller(ctx, object.Credentials(identity))
	if err != nil {
		r.lose(identity, "Your AWS credentials for AWSIdentity "+name+" cannot be used: "+said(err))
		return nil
	}
	if expected := accountOf(identity); expected != "" && expected != account {
		r.lose(identity, fmt.Sprintf("Your AWS credentials for AWSIdentity %s are of account %s, and its account is %s. Name a profile of that account with --aws-profile %[1]s=PROFILE.", name, account, expected))
		return nil
	}
	identity.Status.AccountID = v1alpha1.AccountID(account)
	meta.SetStatusCondition(&identity.Status.Conditions, metav1.Condition{
		Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, ObservedGeneration: identity.Generation,
	})
	return nil
}

// lose: nothing is looked at through the identity.
func (r *run) lose(identity *v1alpha1.AWSIdentity, why string) {
	r.unread[identityKey(identity.Name)] = why
	identity.Status.Conditions = nil
}

// What is not looked at is known by its kind and name.
func identityKey(name string) string { return "AWSIdentity " + name }
func clusterKey(name string) string  { return "PeeredCluster " + name }

// accountOf is the account that an identity is known to be of; empty: nobody says.
func accountOf(identity *v1alpha1.AWSIdentity) string {
	return cmp.Or(aws.AccountOfRole(identity.Spec.RoleARN), string(identity.Spec.AccountID), string(identity.Status.AccountID))
}

// lookAtCluster reads a cluster. One that can't be read counts with what its status says.
func (r *run) lookAtCluster(ctx context.Context, cluster *v1alpha1.PeeredCluster) {
	if r.looks[cluster.Name] != nil || r.unread[clusterKey(cluster.Name)] != "" {
		return
	}
	look, err := r.clusters.Look(ctx, cluster)
	if err != nil {
		r.unread[clusterKey(cluster.Name)] = fmt.Sprintf("PeeredCluster %s cannot be read, so its nodes are not planned for: %s", cluster.Name, said(err))
		return
	}
	r.looks[cluster.Name] = look
	r.remarks[clusterKey(cluster.Name)] = look.Remarks
	r.hub.clusters[client.ObjectKeyFromObject(cluster)] = cluster
}

// said is an error as a sentence; AWS's in AWS's words.
func said(err error) string {
	for _, failure := range aws.Failures(err) {
		if failure.Operation != "" {
			return message.Sentence(failure.Message)
		}
	}
	if cause, ok := errors.AsType[*aws.CredentialsError](err); ok {
		return message.Sentence(cause.Error())
	}
	return message.Sentence(strings.TrimSpace(err.Error()))
}
