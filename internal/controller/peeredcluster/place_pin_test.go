package peeredcluster

import (
	"strings"
	"testing"

	"github.com/crossvpc/crossvpc/api/v1alpha1"
	"github.com/crossvpc/crossvpc/internal/cilium"
	"github.com/crossvpc/crossvpc/internal/controller/object"
)

func TestA12WhereAClusterIsIsPinned(t *testing.T) {
	eks := v1alpha1.ClusterAccess{EKS: &v1alpha1.EKSAccess{Name: "prod-eu", Region: "eu-west-1"}}
	kubeconfig := v1alpha1.ClusterAccess{KubeConfigSecretRef: &v1alpha1.SecretName{Name: "eu"}}
	local := v1alpha1.ClusterAccess{Local: &v1alpha1.LocalAccess{}}
	known := v1alpha1.PeeredClusterStatus{Region: "eu-west-1", VPCID: "vpc-eu"}
	for name, c := range map[string]struct {
		spec   v1alpha1.PeeredClusterSpec
		status v1alpha1.PeeredClusterStatus
		ofEKS  string
		seen   cilium.Footprint
		want   cilium.Pin // what status has afterwards
		reason string
		says   string
	}{
		"what nodes say first":                 {spec: v1alpha1.PeeredClusterSpec{Access: local}, seen: cilium.Footprint{Region: "eu-west-1", VPCID: "vpc-eu"}, want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"not what they say later":              {spec: v1alpha1.PeeredClusterSpec{Access: local}, status: known, seen: cilium.Footprint{Region: "af-south-1", VPCID: "vpc-x"}, want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"of EKS, rather than of nodes":         {spec: v1alpha1.PeeredClusterSpec{Access: eks}, ofEKS: "vpc-eu", seen: cilium.Footprint{Region: "af-south-1", VPCID: "vpc-x"}, want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"what status has, rather than EKS":     {spec: v1alpha1.PeeredClusterSpec{Access: eks}, status: known, ofEKS: "vpc-control", want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"of the spec":                          {spec: v1alpha1.PeeredClusterSpec{Access: kubeconfig, Region: "eu-west-1", VPCID: "vpc-eu"}, seen: cilium.Footprint{Region: "af-south-1", VPCID: "vpc-x"}, want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"a kubeconfig of before, by status":    {spec: v1alpha1.PeeredClusterSpec{Access: kubeconfig}, status: known, want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"a kubeconfig without a place":         {spec: v1alpha1.PeeredClusterSpec{Access: kubeconfig}, seen: cilium.Footprint{Region: "eu-west-1", VPCID: "vpc-eu"}, reason: v1alpha1.ReasonPlaceRequired, says: "spec.region and spec.vpcID"},
		"a kubeconfig with the region alone":   {spec: v1alpha1.PeeredClusterSpec{Access: kubeconfig, Region: "eu-west-1"}, reason: v1alpha1.ReasonPlaceRequired, says: "spec.vpcID"},
		"a region that is set to another":      {spec: v1alpha1.PeeredClusterSpec{Access: local, Region: "us-east-1"}, status: known, reason: v1alpha1.ReasonResolvedSideChanged, says: "resolved to eu-west-1, and spec.region now says us-east-1"},
		"a VPC that is set to another":         {spec: v1alpha1.PeeredClusterSpec{Access: local, VPCID: "vpc-us"}, status: known, reason: v1alpha1.ReasonResolvedSideChanged, says: "resolved to vpc-eu, and spec.vpcID now says vpc-us"},
		"an EKS cluster of another region":     {spec: v1alpha1.PeeredClusterSpec{Access: eks}, status: v1alpha1.PeeredClusterStatus{Region: "us-east-1", VPCID: "vpc-us"}, reason: v1alpha1.ReasonResolvedSideChanged, says: "spec.access.eks.region"},
		"a spec that contradicts itself":       {spec: v1alpha1.PeeredClusterSpec{Access: eks, Region: "us-east-1"}, reason: v1alpha1.ReasonSideMismatch, says: "spec.region says us-east-1, and spec.access.eks.region says eu-west-1"},
		"the same place, set later":            {spec: v1alpha1.PeeredClusterSpec{Access: local, Region: "eu-west-1", VPCID: "vpc-eu"}, status: known, want: cilium.Pin{Region: "eu-west-1", VPCID: "vpc-eu"}},
		"nothing, before a node says anything": {spec: v1alpha1.PeeredClusterSpec{Access: local}},
	} {
		t.Run(name, func(t *testing.T) {
			s := &subject{Draft: &object.Draft[*v1alpha1.PeeredCluster]{Object: &v1alpha1.PeeredCluster{Spec: c.spec, Status: c.status}}}
			pin := s.pin(c.ofEKS)
			if refused := s.checkPlace(pin); refused != nil {
				if refused.Reason != c.reason || !strings.Contains(refused.Message, c.says) {
					t.Errorf("%s: %s", refused.Reason, refused.Message)
				}
				return
			}
			if c.reason != "" {
				t.Fatalf("not refused: %+v", pin)
			}
			s.reportPlace(pin, c.seen)
			if got := (cilium.Pin{Region: string(s.Object.Status.Region), VPCID: string(s.Object.Status.VPCID)}); got != c.want {
				t.Errorf("status has %+v, want %+v", got, c.want)
			}
		})
	}
}
