00000000000fe660 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VySfGG_AA
   fe660:	push   %rbp
   fe661:	mov    %rsp,%rbp
   fe664:	push   %r15
   fe666:	push   %r14
   fe668:	push   %r13
   fe66a:	push   %r12
   fe66c:	push   %rbx
   fe66d:	and    $0xffffffffffffffc0,%rsp
   fe671:	sub    $0x240,%rsp
   fe678:	mov    %rcx,0x90(%rsp)
   fe680:	vmovd  %xmm0,%ecx
   fe684:	vmovd  %xmm1,%eax
   fe688:	mov    %r8,0x98(%rsp)
   fe690:	mov    %rdx,0x88(%rsp)
   fe698:	mov    %esi,0x3c(%rsp)
   fe69c:	mov    %rdi,0xa0(%rsp)
   fe6a4:	and    $0x7fffffff,%ecx
   fe6aa:	cmp    $0x7f800000,%ecx
   fe6b0:	setge  %cl
   fe6b3:	and    $0x7fffffff,%eax
   fe6b8:	cmp    $0x7f800000,%eax
   fe6bd:	setge  %al
   fe6c0:	or     %cl,%al
   fe6c2:	je     feb68 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe6c8:	mov    0x30(%r13),%rax
   fe6cc:	mov    %rax,0x40(%rsp)
   fe6d1:	test   %rax,%rax
   fe6d4:	js     ff204 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe6da:	je     ff1c6 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe6e0:	mov    0x38(%r13),%rax
   fe6e4:	mov    %rax,0x30(%rsp)
   fe6e9:	test   %rax,%rax
   fe6ec:	js     ff20c <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe6f2:	vpbroadcastd %xmm0,%zmm0
   fe6f8:	vbroadcastss %xmm1,%zmm1
   fe6fe:	vpbroadcastd %xmm2,%zmm2
   fe704:	xor    %eax,%eax
   fe706:	vxorps %xmm3,%xmm3,%xmm3
   fe70a:	mov    %r13,0x10(%rsp)
   fe70f:	cmpq   $0x0,0x30(%rsp)
   fe715:	mov    %rax,0x28(%rsp)
   fe71a:	je     feb50 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe720:	mov    0x28(%rsp),%rax
   fe725:	mov    %rax,%rsi
   fe728:	imul   0x30(%rsp),%rsi
   fe72e:	jo     ff206 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe734:	mov    0x10(%r13),%r8
   fe738:	imul   %rax,%r8
   fe73c:	jo     ff208 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe742:	mov    0x28(%r13),%r9
   fe746:	imul   %r9,%r8
   fe74a:	jo     ff20a <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe750:	mov    0x18(%r13),%rax
   fe754:	lea    (%r9,%r9,1),%rcx
   fe758:	mov    %r9,%rdx
   fe75b:	mov    %rax,0x68(%rsp)
   fe760:	movzbl 0x40(%r13),%eax
   fe765:	mov    %al,0x20(%rsp)
   fe769:	movabs $0x4000000000000000,%rax
   fe773:	add    %r9,%rax
   fe776:	mov    %rax,0x18(%rsp)
   fe77b:	mov    %rcx,%rax
   fe77e:	add    $0x2,%rax
   fe782:	seto   0x60(%rsp)
   fe787:	shl    $0x6,%rcx
   fe78b:	shl    $0x6,%rdx
   fe78f:	shl    $0x6,%rax
   fe793:	mov    %rax,0x50(%rsp)
   fe798:	xor    %eax,%eax
   fe79a:	mov    %rcx,0x58(%rsp)
   fe79f:	mov    %rdx,0x48(%rsp)
   fe7a4:	jmp    fe7e1 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe7a6:	cs nopw 0x0(%rax,%rax,1)
   fe7b0:	mov    0x98(%rsp),%rcx
   fe7b8:	mov    0x10(%rsp),%r13
   fe7bd:	mov    0x88(%rsp),%rdx
   fe7c5:	inc    %rax
   fe7c8:	vmovups %zmm4,(%rcx,%rdi,1)
   fe7cf:	vmovups %zmm6,(%rdx,%rdi,1)
   fe7d6:	cmp    0x30(%rsp),%rax
   fe7db:	je     feb50 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe7e1:	mov    %rsi,%rdi
   fe7e4:	add    %rax,%rdi
   fe7e7:	jo     ff1e8 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe7ed:	mov    %rax,%rcx
   fe7f0:	imul   0x68(%rsp),%rcx
   fe7f6:	jo     ff1ea <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe7fc:	add    %r8,%rcx
   fe7ff:	jo     ff1ec <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe805:	mov    0xa0(%rsp),%rdx
   fe80d:	shl    $0x6,%rcx
   fe811:	testb  $0x1,0x20(%rsp)
   fe816:	vmovups (%rdx,%rcx,1),%zmm5
   fe81d:	lea    (%rdx,%rcx,1),%r12
   fe821:	vsubps %zmm0,%zmm5,%zmm4
   fe827:	vfmadd213ps %zmm2,%zmm1,%zmm4
   fe82d:	je     fea40 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe833:	cmpq   $0x0,0x18(%rsp)
   fe839:	js     ff1f8 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe83f:	cmpb   $0x0,0x60(%rsp)
   fe844:	jne    ff1fa <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fe84a:	vmovups 0x40(%r12),%zmm14
   fe852:	mov    0x58(%rsp),%rcx
   fe857:	vmovups 0x80(%r12),%zmm13
   fe85f:	vmovups (%r12,%rcx,1),%zmm9
   fe866:	vmovups 0x40(%r12,%rcx,1),%zmm7
   fe86e:	mov    0x48(%rsp),%rcx
   fe873:	vsubps %zmm0,%zmm14,%zmm6
   fe879:	vsubps %zmm0,%zmm13,%zmm16
   fe87f:	vmovups (%r12,%rcx,1),%zmm12
   fe886:	vmovups 0x40(%r12,%rcx,1),%zmm11
   fe88e:	vmovups 0x80(%r12,%rcx,1),%zmm10
   fe896:	mov    0x50(%rsp),%rcx
   fe89b:	vfmadd213ps %zmm2,%zmm1,%zmm6
   fe8a1:	vfmadd213ps %zmm2,%zmm1,%zmm16
   fe8a7:	vsubps %zmm0,%zmm9,%zmm20
   fe8ad:	vsubps %zmm0,%zmm7,%zmm15
   fe8b3:	vcmpltps %zmm6,%zmm4,%k0
   fe8ba:	vcmpunordps %zmm3,%zmm6,%k1
   fe8c1:	vcmpunordps %zmm3,%zmm16,%k2
   fe8c8:	vmovups (%r12,%rcx,1),%zmm8
   fe8cf:	vfmadd213ps %zmm2,%zmm1,%zmm20
   fe8d5:	vfmadd213ps %zmm2,%zmm1,%zmm15
   fe8db:	korw   %k1,%k0,%k1
   fe8df:	vmovaps %zmm6,%zmm4{%k1}
   fe8e5:	vbroadcastss 0x15580d(%rip),%zmm6{%k1}{z}        # 2540fc <$s10CPUBackend10ThreadPoolC7thr
   fe8ef:	vcmpltps %zmm16,%zmm4,%k7
   fe8f6:	vsubps %zmm0,%zmm12,%zmm17
   fe8fc:	vsubps %zmm0,%zmm11,%zmm18
   fe902:	vsubps %zmm0,%zmm10,%zmm19
   fe908:	vmovaps %zmm14,%zmm5{%k1}
   fe90e:	korw   %k7,%k2,%k2
   fe912:	vcmpunordps %zmm3,%zmm20,%k6
   fe919:	vcmpunordps %zmm3,%zmm15,%k0
   fe920:	vfmadd213ps %zmm2,%zmm1,%zmm17
   fe926:	vmovaps %zmm16,%zmm4{%k2}
   fe92c:	vfmadd213ps %zmm2,%zmm1,%zmm18
   fe932:	vfmadd213ps %zmm2,%zmm1,%zmm19
   fe938:	vmovaps %zmm13,%zmm5{%k2}
   fe93e:	vcmpunordps %zmm3,%zmm17,%k3
   fe945:	vcmpltps %zmm17,%zmm4,%k7
   fe94c:	vcmpunordps %zmm3,%zmm18,%k4
   fe953:	vcmpunordps %zmm3,%zmm19,%k5
   fe95a:	vbroadcastss 0x15579c(%rip),%zmm6{%k2}        # 254100 <$s10CPUBackend10ThreadPoolC7thread
   fe964:	korw   %k7,%k3,%k3
   fe968:	vmovaps %zmm17,%zmm4{%k3}
   fe96e:	vcmpltps %zmm18,%zmm4,%k7
   fe975:	vmovaps %zmm12,%zmm5{%k3}
   fe97b:	korw   %k7,%k4,%k4
   fe97f:	vmovaps %zmm18,%zmm4{%k4}
   fe985:	vcmpltps %zmm19,%zmm4,%k7
   fe98c:	vmovaps %zmm11,%zmm5{%k4}
   fe992:	korw   %k7,%k5,%k5
   fe996:	vmovaps %zmm19,%zmm4{%k5}
   fe99c:	vcmpltps %zmm20,%zmm4,%k7
   fe9a3:	vmovaps %zmm10,%zmm5{%k5}
   fe9a9:	vbroadcastss 0x155751(%rip),%zmm6{%k3}        # 254104 <$s10CPUBackend10ThreadPoolC7thread
   fe9b3:	korw   %k7,%k6,%k6
   fe9b7:	vmovaps %zmm20,%zmm4{%k6}
   fe9bd:	vcmpltps %zmm15,%zmm4,%k7
   fe9c4:	vmovaps %zmm9,%zmm5{%k6}
   fe9ca:	korw   %k7,%k0,%k7
   fe9ce:	vmovaps %zmm15,%zmm4{%k7}
   fe9d4:	vsubps %zmm0,%zmm8,%zmm15
   fe9da:	vmovaps %zmm7,%zmm5{%k7}
   fe9e0:	vfmadd213ps %zmm2,%zmm1,%zmm15
   fe9e6:	vbroadcastss 0x155718(%rip),%zmm6{%k4}        # 254108 <$s10CPUBackend10ThreadPoolC7thread
   fe9f0:	vcmpunordps %zmm3,%zmm15,%k0
   fe9f7:	vcmpltps %zmm15,%zmm4,%k1
   fe9fe:	korw   %k1,%k0,%k1
   fea02:	vmovaps %zmm15,%zmm4{%k1}
   fea08:	vmovaps %zmm8,%zmm5{%k1}
   fea0e:	vbroadcastss 0x1556f4(%rip),%zmm6{%k5}        # 25410c <$s10CPUBackend10ThreadPoolC7thread
   fea18:	vbroadcastss 0x1556ee(%rip),%zmm6{%k6}        # 254110 <$s10CPUBackend10ThreadPoolC7thread
   fea22:	vbroadcastss 0x1556e8(%rip),%zmm6{%k7}        # 254114 <$s10CPUBackend10ThreadPoolC7thread
   fea2c:	vbroadcastss 0x1556e2(%rip),%zmm6{%k1}        # 254118 <$s10CPUBackend10ThreadPoolC7thread
   fea36:	jmp    feb09 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea3b:	nopl   0x0(%rax,%rax,1)
   fea40:	mov    0x0(%r13),%r13
   fea44:	test   %r13,%r13
   fea47:	js     ff1f6 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea4d:	je     feb05 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea53:	mov    0x10(%rsp),%rcx
   fea58:	mov    0x8(%rcx),%r10
   fea5c:	test   %r10,%r10
   fea5f:	js     ff202 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea65:	vxorps %xmm6,%xmm6,%xmm6
   fea69:	xor    %edx,%edx
   fea6b:	jmp    fea7c <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea6d:	nopl   (%rax)
   fea70:	inc    %rdx
   fea73:	cmp    %r13,%rdx
   fea76:	je     feb09 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea7c:	test   %r10,%r10
   fea7f:	je     fea70 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea81:	mov    %rdx,%r15
   fea84:	imul   %r9,%r15
   fea88:	jo     ff1e4 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea8e:	mov    %rdx,%rbx
   fea91:	imul   %r10,%rbx
   fea95:	jo     ff1e6 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fea9b:	xor    %ecx,%ecx
   fea9d:	nopl   (%rax)
   feaa0:	mov    %r15,%r11
   feaa3:	add    %rcx,%r11
   feaa6:	jo     ff1d8 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feaac:	mov    %rbx,%r14
   feaaf:	add    %rcx,%r14
   feab2:	jo     ff1da <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feab8:	shl    $0x6,%r11
   feabc:	vcvtsi2ss %r14,%xmm14,%xmm7
   feac1:	inc    %rcx
   feac4:	vmovups (%r12,%r11,1),%zmm8
   feacb:	vsubps %zmm0,%zmm8,%zmm9
   fead1:	vfmadd213ps %zmm2,%zmm1,%zmm9
   fead7:	vcmpltps %zmm9,%zmm4,%k0
   feade:	vcmpunordps %zmm3,%zmm9,%k1
   feae5:	korw   %k1,%k0,%k1
   feae9:	vbroadcastss %xmm7,%zmm6{%k1}
   feaef:	vmovaps %zmm9,%zmm4{%k1}
   feaf5:	vmovaps %zmm8,%zmm5{%k1}
   feafb:	cmp    %rcx,%r10
   feafe:	jne    feaa0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb00:	jmp    fea70 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb05:	vxorps %xmm6,%xmm6,%xmm6
   feb09:	shl    $0x6,%rdi
   feb0d:	mov    0x90(%rsp),%rcx
   feb15:	testb  $0x1,0x3c(%rsp)
   feb1a:	vmovups %zmm5,(%rcx,%rdi,1)
   feb21:	je     fe7b0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb27:	vcmpleps %zmm3,%zmm4,%k1
   feb2e:	vbroadcastss 0x1555e4(%rip),%zmm6{%k1}        # 25411c <$s10CPUBackend10ThreadPoolC7thread
   feb38:	vmovaps %zmm3,%zmm4{%k1}
   feb3e:	jmp    fe7b0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb43:	data16 data16 data16 cs nopw 0x0(%rax,%rax,1)
   feb50:	mov    0x28(%rsp),%rax
   feb55:	inc    %rax
   feb58:	cmp    0x40(%rsp),%rax
   feb5d:	jne    fe70f <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb63:	jmp    ff1c6 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb68:	vmovd  %xmm2,%eax
   feb6c:	and    $0x7fffffff,%eax
   feb71:	cmp    $0x7f7fffff,%eax
   feb76:	jg     fe6c8 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb7c:	vxorps %xmm3,%xmm3,%xmm3
   feb80:	vucomiss %xmm3,%xmm1
   feb84:	jne    feb8c <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb86:	jnp    fe6c8 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feb8c:	mov    0x30(%r13),%rax
   feb90:	mov    %rax,0xa8(%rsp)
   feb98:	test   %rax,%rax
   feb9b:	js     ff21a <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feba1:	je     ff1c6 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feba7:	mov    0x38(%r13),%r11
   febab:	test   %r11,%r11
   febae:	js     ff226 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   febb4:	vpbroadcastd %xmm0,%zmm5
   febba:	vbroadcastss %xmm1,%zmm6
   febc0:	vpbroadcastd %xmm2,%zmm7
   febc6:	lea    0x100(%rsp),%r14
   febce:	lea    0xc0(%rsp),%r12
   febd6:	xor    %eax,%eax
   febd8:	vxorps %xmm8,%xmm8,%xmm8
   febdd:	vxorps %xmm9,%xmm9,%xmm9
   febe2:	vmovaps %xmm1,0xb0(%rsp)
   febeb:	mov    %r11,0x78(%rsp)
   febf0:	mov    %r13,0x10(%rsp)
   febf5:	vmovdqa64 %zmm5,0x1c0(%rsp)
   febfd:	vmovaps %zmm6,0x180(%rsp)
   fec05:	vmovdqa64 %zmm7,0x140(%rsp)
   fec0d:	mov    %rax,0x70(%rsp)
   fec12:	test   %r11,%r11
   fec15:	je     ff1b0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fec1b:	mov    0x70(%rsp),%rax
   fec20:	mov    %rax,%rcx
   fec23:	imul   %r11,%rcx
   fec27:	mov    %rcx,0x30(%rsp)
   fec2c:	jo     ff220 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fec32:	mov    0x10(%rsp),%rcx
   fec37:	mov    0x10(%rcx),%rdx
   fec3b:	imul   %rax,%rdx
   fec3f:	jo     ff222 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fec45:	mov    0x28(%rcx),%rsi
   fec49:	imul   %rsi,%rdx
   fec4d:	jo     ff224 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fec53:	mov    0x18(%rcx),%rax
   fec57:	lea    0x1(%rsi),%rdi
   fec5b:	lea    (%rsi,%rsi,1),%rcx
   fec5f:	lea    0x2(%rsi),%r8
   fec63:	mov    %rsi,0x20(%rsp)
   fec68:	mov    %rdx,0x18(%rsp)
   fec6d:	mov    %rdi,0x50(%rsp)
   fec72:	lea    0x1(%rsi,%rsi,1),%rdi
   fec77:	mov    %rcx,0x58(%rsp)
   fec7c:	add    $0x2,%rcx
   fec80:	mov    %r8,0x48(%rsp)
   fec85:	seto   0x40(%rsp)
   fec8a:	xor    %r13d,%r13d
   fec8d:	mov    %rcx,0x80(%rsp)
   fec95:	mov    %rdi,0x28(%rsp)
   fec9a:	mov    %rax,0x68(%rsp)
   fec9f:	movabs $0x4000000000000000,%rax
   feca9:	add    %rsi,%rax
   fecac:	mov    %rax,0x60(%rsp)
   fecb1:	jmp    fecea <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fecb3:	data16 data16 data16 cs nopw 0x0(%rax,%rax,1)
   fecc0:	mov    0x98(%rsp),%rax
   fecc8:	mov    0x88(%rsp),%rcx
   fecd0:	inc    %r13
   fecd3:	vmovups %zmm0,(%rax,%rbx,1)
   fecda:	vmovups %zmm3,(%rcx,%rbx,1)
   fece1:	cmp    %r11,%r13
   fece4:	je     ff1b0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fecea:	mov    0x30(%rsp),%rbx
   fecef:	add    %r13,%rbx
   fecf2:	jo     ff1fc <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fecf8:	mov    %r13,%rax
   fecfb:	imul   0x68(%rsp),%rax
   fed01:	jo     ff1fe <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed07:	add    %rdx,%rax
   fed0a:	jo     ff200 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed10:	mov    0xa0(%rsp),%rcx
   fed18:	shl    $0x6,%rax
   fed1c:	vucomiss %xmm8,%xmm1
   fed21:	vmovups (%rcx,%rax,1),%zmm0
   fed28:	lea    (%rcx,%rax,1),%r15
   fed2c:	mov    0x10(%rsp),%rax
   fed31:	vmovups %zmm9,0xc0(%rsp)
   fed39:	movzbl 0x40(%rax),%eax
   fed3d:	vmovups %zmm0,0x100(%rsp)
   fed45:	jbe    fee70 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed4b:	test   $0x1,%al
   fed4d:	je     fefc0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed53:	cmpq   $0x0,0x60(%rsp)
   fed59:	js     ff212 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed5f:	vxorps %xmm0,%xmm0,%xmm0
   fed63:	xor    %edi,%edi
   fed65:	mov    %r15,%rsi
   fed68:	mov    %r14,%rdx
   fed6b:	mov    %r12,%rcx
   fed6e:	vzeroupper
   fed71:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed76:	vmovss 0x15537e(%rip),%xmm0        # 2540fc <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   fed7e:	mov    $0x1,%edi
   fed83:	mov    %r15,%rsi
   fed86:	mov    %r14,%rdx
   fed89:	mov    %r12,%rcx
   fed8c:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fed91:	vmovss 0x155367(%rip),%xmm0        # 254100 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   fed99:	mov    $0x2,%edi
   fed9e:	mov    %r15,%rsi
   feda1:	mov    %r14,%rdx
   feda4:	mov    %r12,%rcx
   feda7:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fedac:	vmovss 0x155350(%rip),%xmm0        # 254104 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   fedb4:	mov    0x20(%rsp),%rdi
   fedb9:	mov    %r15,%rsi
   fedbc:	mov    %r14,%rdx
   fedbf:	mov    %r12,%rcx
   fedc2:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fedc7:	vmovss 0x155339(%rip),%xmm0        # 254108 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   fedcf:	mov    0x50(%rsp),%rdi
   fedd4:	mov    %r15,%rsi
   fedd7:	mov    %r14,%rdx
   fedda:	mov    %r12,%rcx
   feddd:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fede2:	vmovss 0x155322(%rip),%xmm0        # 25410c <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fedea:	mov    0x48(%rsp),%rdi
   fedef:	mov    %r15,%rsi
   fedf2:	mov    %r14,%rdx
   fedf5:	mov    %r12,%rcx
   fedf8:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fedfd:	vmovss 0x15530b(%rip),%xmm0        # 254110 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fee05:	mov    0x58(%rsp),%rdi
   fee0a:	mov    %r15,%rsi
   fee0d:	mov    %r14,%rdx
   fee10:	mov    %r12,%rcx
   fee13:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee18:	vmovss 0x1552f4(%rip),%xmm0        # 254114 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fee20:	mov    0x28(%rsp),%rdi
   fee25:	mov    %r15,%rsi
   fee28:	mov    %r14,%rdx
   fee2b:	mov    %r12,%rcx
   fee2e:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee33:	cmpb   $0x0,0x40(%rsp)
   fee38:	jne    ff218 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee3e:	vmovss 0x1552d2(%rip),%xmm0        # 254118 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fee46:	mov    0x80(%rsp),%rdi
   fee4e:	mov    %r15,%rsi
   fee51:	mov    %r14,%rdx
   fee54:	mov    %r12,%rcx
   fee57:	call   fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee5c:	jmp    fef81 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee61:	data16 data16 data16 data16 data16 cs nopw 0x0(%rax,%rax,1)
   fee70:	test   $0x1,%al
   fee72:	je     ff080 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee78:	cmpq   $0x0,0x60(%rsp)
   fee7e:	js     ff20e <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee84:	vxorps %xmm0,%xmm0,%xmm0
   fee88:	xor    %edi,%edi
   fee8a:	mov    %r15,%rsi
   fee8d:	mov    %r14,%rdx
   fee90:	mov    %r12,%rcx
   fee93:	vzeroupper
   fee96:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fee9b:	vmovss 0x155259(%rip),%xmm0        # 2540fc <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   feea3:	mov    $0x1,%edi
   feea8:	mov    %r15,%rsi
   feeab:	mov    %r14,%rdx
   feeae:	mov    %r12,%rcx
   feeb1:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feeb6:	vmovss 0x155242(%rip),%xmm0        # 254100 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   feebe:	mov    $0x2,%edi
   feec3:	mov    %r15,%rsi
   feec6:	mov    %r14,%rdx
   feec9:	mov    %r12,%rcx
   feecc:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feed1:	vmovss 0x15522b(%rip),%xmm0        # 254104 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   feed9:	mov    0x20(%rsp),%rdi
   feede:	mov    %r15,%rsi
   feee1:	mov    %r14,%rdx
   feee4:	mov    %r12,%rcx
   feee7:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feeec:	vmovss 0x155214(%rip),%xmm0        # 254108 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x1
   feef4:	mov    0x50(%rsp),%rdi
   feef9:	mov    %r15,%rsi
   feefc:	mov    %r14,%rdx
   feeff:	mov    %r12,%rcx
   fef02:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fef07:	vmovss 0x1551fd(%rip),%xmm0        # 25410c <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fef0f:	mov    0x48(%rsp),%rdi
   fef14:	mov    %r15,%rsi
   fef17:	mov    %r14,%rdx
   fef1a:	mov    %r12,%rcx
   fef1d:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fef22:	vmovss 0x1551e6(%rip),%xmm0        # 254110 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fef2a:	mov    0x58(%rsp),%rdi
   fef2f:	mov    %r15,%rsi
   fef32:	mov    %r14,%rdx
   fef35:	mov    %r12,%rcx
   fef38:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fef3d:	vmovss 0x1551cf(%rip),%xmm0        # 254114 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fef45:	mov    0x28(%rsp),%rdi
   fef4a:	mov    %r15,%rsi
   fef4d:	mov    %r14,%rdx
   fef50:	mov    %r12,%rcx
   fef53:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fef58:	cmpb   $0x0,0x40(%rsp)
   fef5d:	jne    ff216 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fef63:	vmovss 0x1551ad(%rip),%xmm0        # 254118 <$s10CPUBackend10ThreadPoolC7threadsSivpMV+0x2
   fef6b:	mov    0x80(%rsp),%rdi
   fef73:	mov    %r15,%rsi
   fef76:	mov    %r14,%rdx
   fef79:	mov    %r12,%rcx
   fef7c:	call   fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fef81:	vmovaps 0xb0(%rsp),%xmm1
   fef8a:	vmovdqa64 0x1c0(%rsp),%zmm5
   fef92:	vmovaps 0x180(%rsp),%zmm6
   fef9a:	vmovdqa64 0x140(%rsp),%zmm7
   fefa2:	mov    0x78(%rsp),%r11
   fefa7:	vxorps %xmm8,%xmm8,%xmm8
   fefac:	vxorps %xmm9,%xmm9,%xmm9
   fefb1:	jmp    ff155 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fefb6:	cs nopw 0x0(%rax,%rax,1)
   fefc0:	mov    0x10(%rsp),%rax
   fefc5:	mov    (%rax),%rax
   fefc8:	test   %rax,%rax
   fefcb:	js     ff210 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fefd1:	je     ff15a <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fefd7:	mov    0x10(%rsp),%rcx
   fefdc:	mov    0x8(%rcx),%rcx
   fefe0:	test   %rcx,%rcx
   fefe3:	js     ff21e <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   fefe9:	mov    0x20(%rsp),%r14
   fefee:	vxorps %xmm4,%xmm4,%xmm4
   feff2:	xor    %edx,%edx
   feff4:	jmp    ff00c <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   feff6:	cs nopw 0x0(%rax,%rax,1)
   ff000:	inc    %rdx
   ff003:	cmp    %rax,%rdx
   ff006:	je     ff135 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff00c:	test   %rcx,%rcx
   ff00f:	je     ff000 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff011:	mov    %rdx,%rsi
   ff014:	imul   %r14,%rsi
   ff018:	jo     ff1ee <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff01e:	mov    %rdx,%rdi
   ff021:	imul   %rcx,%rdi
   ff025:	jo     ff1f2 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff02b:	xor    %r8d,%r8d
   ff02e:	xchg   %ax,%ax
   ff030:	mov    %rsi,%r9
   ff033:	add    %r8,%r9
   ff036:	jo     ff1dc <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff03c:	mov    %rdi,%r10
   ff03f:	add    %r8,%r10
   ff042:	jo     ff1e0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff048:	shl    $0x6,%r9
   ff04c:	vcvtsi2ss %r10,%xmm15,%xmm2
   ff051:	inc    %r8
   ff054:	vmovups (%r15,%r9,1),%zmm3
   ff05b:	vcmpltps %zmm3,%zmm0,%k1
   ff062:	vmaxps %zmm0,%zmm3,%zmm0
   ff068:	vbroadcastss %xmm2,%zmm4{%k1}
   ff06e:	cmp    %r8,%rcx
   ff071:	jne    ff030 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff073:	jmp    ff000 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff075:	data16 cs nopw 0x0(%rax,%rax,1)
   ff080:	mov    0x10(%rsp),%rax
   ff085:	mov    (%rax),%rax
   ff088:	test   %rax,%rax
   ff08b:	js     ff214 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff091:	je     ff15a <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff097:	mov    0x10(%rsp),%rcx
   ff09c:	mov    0x8(%rcx),%rcx
   ff0a0:	test   %rcx,%rcx
   ff0a3:	js     ff21c <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0a9:	mov    0x20(%rsp),%r14
   ff0ae:	vxorps %xmm4,%xmm4,%xmm4
   ff0b2:	xor    %edx,%edx
   ff0b4:	jmp    ff0c8 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0b6:	cs nopw 0x0(%rax,%rax,1)
   ff0c0:	inc    %rdx
   ff0c3:	cmp    %rax,%rdx
   ff0c6:	je     ff135 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0c8:	test   %rcx,%rcx
   ff0cb:	je     ff0c0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0cd:	mov    %rdx,%rsi
   ff0d0:	imul   %r14,%rsi
   ff0d4:	jo     ff1f0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0da:	mov    %rdx,%rdi
   ff0dd:	imul   %rcx,%rdi
   ff0e1:	jo     ff1f4 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0e7:	xor    %r8d,%r8d
   ff0ea:	nopw   0x0(%rax,%rax,1)
   ff0f0:	mov    %rsi,%r9
   ff0f3:	add    %r8,%r9
   ff0f6:	jo     ff1de <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff0fc:	mov    %rdi,%r10
   ff0ff:	add    %r8,%r10
   ff102:	jo     ff1e2 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff108:	shl    $0x6,%r9
   ff10c:	vcvtsi2ss %r10,%xmm15,%xmm2
   ff111:	inc    %r8
   ff114:	vmovups (%r15,%r9,1),%zmm3
   ff11b:	vcmpltps %zmm0,%zmm3,%k1
   ff122:	vminps %zmm0,%zmm3,%zmm0
   ff128:	vbroadcastss %xmm2,%zmm4{%k1}
   ff12e:	cmp    %r8,%rcx
   ff131:	jne    ff0f0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff133:	jmp    ff0c0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff135:	lea    0x100(%rsp),%r14
   ff13d:	lea    0xc0(%rsp),%r12
   ff145:	vmovups %zmm0,0x100(%rsp)
   ff14d:	vmovups %zmm4,0xc0(%rsp)
   ff155:	mov    0x18(%rsp),%rdx
   ff15a:	vmovups 0x100(%rsp),%zmm2
   ff162:	vmovups 0xc0(%rsp),%zmm3
   ff16a:	shl    $0x6,%rbx
   ff16e:	mov    0x90(%rsp),%rax
   ff176:	testb  $0x1,0x3c(%rsp)
   ff17b:	vsubps %zmm5,%zmm2,%zmm0
   ff181:	vmovups %zmm2,(%rax,%rbx,1)
   ff188:	vfmadd213ps %zmm7,%zmm6,%zmm0
   ff18e:	je     fecc0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff194:	vcmpleps %zmm9,%zmm0,%k1
   ff19b:	vbroadcastss 0x154f77(%rip),%zmm3{%k1}        # 25411c <$s10CPUBackend10ThreadPoolC7thread
   ff1a5:	vmovaps %zmm9,%zmm0{%k1}
   ff1ab:	jmp    fecc0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff1b0:	mov    0x70(%rsp),%rax
   ff1b5:	inc    %rax
   ff1b8:	cmp    0xa8(%rsp),%rax
   ff1c0:	jne    fec0d <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VyS
   ff1c6:	lea    -0x28(%rbp),%rsp
   ff1ca:	pop    %rbx
   ff1cb:	pop    %r12
   ff1cd:	pop    %r13
   ff1cf:	pop    %r14
   ff1d1:	pop    %r15
   ff1d3:	pop    %rbp
   ff1d4:	vzeroupper
   ff1d7:	ret
   ff1d8:	ud2
   ff1da:	ud2
   ff1dc:	ud2
   ff1de:	ud2
   ff1e0:	ud2
   ff1e2:	ud2
   ff1e4:	ud2
   ff1e6:	ud2
   ff1e8:	ud2
   ff1ea:	ud2
   ff1ec:	ud2
   ff1ee:	ud2
   ff1f0:	ud2
   ff1f2:	ud2
   ff1f4:	ud2
   ff1f6:	ud2
   ff1f8:	ud2
   ff1fa:	ud2
   ff1fc:	ud2
   ff1fe:	ud2
   ff200:	ud2
   ff202:	ud2
   ff204:	ud2
   ff206:	ud2
   ff208:	ud2
   ff20a:	ud2
   ff20c:	ud2
   ff20e:	ud2
   ff210:	ud2
   ff212:	ud2
   ff214:	ud2
   ff216:	ud2
   ff218:	ud2
   ff21a:	ud2
   ff21c:	ud2
   ff21e:	ud2
   ff220:	ud2
   ff222:	ud2
   ff224:	ud2
   ff226:	ud2
   ff228:	nopl   0x0(%rax,%rax,1)

00000000000fff20 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VySfGG_AA
   fff20:	push   %rbp
   fff21:	mov    %rsp,%rbp
   fff24:	shl    $0x6,%rdi
   fff28:	vmovups (%rdx),%zmm2
   fff2e:	vmovups (%rsi,%rdi,1),%zmm1
   fff35:	vcmpltps %zmm1,%zmm2,%k1
   fff3c:	vmaxps %zmm2,%zmm1,%zmm1
   fff42:	vmovups %zmm1,(%rdx)
   fff48:	vmovups (%rcx),%zmm1
   fff4e:	vbroadcastss %xmm0,%zmm1{%k1}
   fff54:	vmovups %zmm1,(%rcx)
   fff5a:	pop    %rbp
   fff5b:	vzeroupper
   fff5e:	ret
   fff5f:	nop

00000000000fff60 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VySfGG_AA
   fff60:	push   %rbp
   fff61:	mov    %rsp,%rbp
   fff64:	shl    $0x6,%rdi
   fff68:	vmovups (%rdx),%zmm2
   fff6e:	vmovups (%rsi,%rdi,1),%zmm1
   fff75:	vcmpltps %zmm2,%zmm1,%k1
   fff7c:	vminps %zmm2,%zmm1,%zmm1
   fff82:	vmovups %zmm1,(%rdx)
   fff88:	vmovups (%rcx),%zmm1
   fff8e:	vbroadcastss %xmm0,%zmm1{%k1}
   fff94:	vmovups %zmm1,(%rcx)
   fff9a:	pop    %rbp
   fff9b:	vzeroupper
   fff9e:	ret
   fff9f:	nop

00000000000ffff0 <$s10CPUBackend8PoolPlanV11findWinners2of_4relu7winners6outputySPys6SIMD16VySfGG_AA
   ffff0:	push   %rbp
   ffff1:	mov    %rsp,%rbp
   ffff4:	vinsertf128 $0x1,0x10(%rbp),%ymm7,%ymm7
   ffffb:	shl    $0x6,%rdi
   fffff:	vinsertf128 $0x1,%xmm6,%ymm5,%ymm5
  100005:	vinsertf128 $0x1,%xmm2,%ymm1,%ymm1
  10000b:	vinsertf128 $0x1,%xmm4,%ymm3,%ymm3
  100011:	vmovups (%rdx),%zmm9
  100017:	vxorps %xmm2,%xmm2,%xmm2
  10001b:	vmovups (%rsi,%rdi,1),%zmm8
  100022:	vinsertf64x4 $0x1,%ymm3,%zmm1,%zmm1
  100029:	vinsertf64x4 $0x1,%ymm7,%zmm5,%zmm5
  100030:	vsubps %zmm5,%zmm8,%zmm5
  100036:	vfmadd231ps 0x20(%rbp),%zmm5,%zmm1
  100040:	vcmpltps %zmm1,%zmm9,%k0
  100047:	vcmpunordps %zmm2,%zmm1,%k1
  10004e:	korw   %k1,%k0,%k1
  100052:	vmovaps %zmm1,%zmm9{%k1}
  100058:	vmovups %zmm9,(%rdx)
  10005e:	vmovups (%rcx),%zmm1
  100064:	vmovups (%rsi,%rdi,1),%zmm1{%k1}
  10006b:	vmovups %zmm1,(%rcx)
  100071:	vmovups (%r8),%zmm1
  100077:	vbroadcastss %xmm0,%zmm1{%k1}
  10007d:	vmovups %zmm1,(%r8)
  100083:	pop    %rbp
  100084:	vzeroupper
  100087:	ret
  100088:	nopl   0x0(%rax,%rax,1)

