package peeredcluster

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/proof"
)

// claimants are the claims of all clusters that were read, so that an instance that
// nodes of two of them name is found. What is lost at a restart counts as not known.
type claimants struct {
	mutex sync.Mutex
	byUID map[types.UID]proof.Claims
}

// note keeps what the nodes of a cluster say now.
func (c *claimants) note(object *v1alpha1.PeeredCluster, nodes []proof.Claim) proof.Claims {
	claims := proof.Claims{Cluster: claimant(object), Nodes: nodes}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	if c.byUID == nil {
		c.byUID = map[types.UID]proof.Claims{}
	}
	c.byUID[object.UID] = claims
	return claims
}

// forget drops what an object that is gone claimed.
func (c *claimants) forget(name string) {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	maps.DeleteFunc(c.byUID, func(_ types.UID, claims proof.Claims) bool { return claims.Cluster.PeeredCluster == name })
}

// besides are the claims of all other PeeredClusters. One that never reached a cluster
// has no nodes.
func (c *claimants) besides(ctx context.Context, hub client.Reader, object *v1alpha1.PeeredCluster) ([]proof.Claims, error) {
	var all v1alpha1.PeeredClusterList
	if err := hub.List(ctx, &all, client.UnsafeDisableDeepCopy); err != nil { // they are only read
		return nil, fmt.Errorf("listing PeeredClusters: %w", err)
	}
	c.mutex.Lock()
	defer c.mutex.Unlock()
	var others []proof.Claims
	for i := range all.Items {
		other := &all.Items[i]
		claims, read := c.byUID[other.UID]
		if other.UID == object.UID || other.Status.ClusterID == "" {
			continue
		}
		others = append(others, proof.Claims{Cluster: claimant(other), Nodes: claims.Nodes, Unread: !read})
	}
	return others, nil
}

// claimant is whose nodes claim something, by the object alone.
func claimant(object *v1alpha1.PeeredCluster) proof.Cluster {
	return proof.Cluster{
		PeeredCluster: object.Name, Name: awsNameOf(object.Spec),
		VPC: string(cmp.Or(object.Status.VPCID, object.Spec.VPCID)),
	}
}

// awsNameOf is the cluster's name in AWS; empty: nobody said it.
func awsNameOf(spec v1alpha1.PeeredClusterSpec) string {
	if spec.ClusterName == "" && spec.Access.EKS != nil {
		return spec.Access.EKS.Name
	}
	return spec.ClusterName
}
