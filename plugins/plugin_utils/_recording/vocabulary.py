# Copyright: (c) 2026, FortiOps contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Words that a recording may keep: those of FortiOS, and common English ones. All others are replaced.

CLI: words of commands, tables, attributes and answers. They stay even where somebody has given something that name.
WORDS: further words; where one is the name of a user, a VDOM or a unit, it is replaced as well.

This plugin util is private to the collection and may change at any time.
"""

from __future__ import annotations

CLI = frozenset(
    """
    a abort accept accprofile action activated activation active admin admintimeout alertmail algorithm alias allow
    already and append application auth authenticate authentication authgrp authtimeout automatic backup banner
    baudrate be before by case central cfg cli cloud cluster cmdb code com command comments commit concurrent config
    configuration console current custom data debug default delete diagnose diagnostics disable display domain drift
    edit email enable enabled enc encryption end entity entry error exec execute exist exit expire expiry factor
    fail field filter firewall fmg forticldd fortiexplorer fortiguard fortimanager fortinet fortitoken found ftm
    ftviewgrp full fwgrp get global group ha high hostname https id in index info ip key ldap level license list
    local lock locked log loggrp login logs loss low mail management manual master member members meta mobile mode
    more move name netgrp new next none normal not notification notifications ntp ntpsync number os output override
    p packets parse passwd password phone ping policy port post pre press primary print private prof provision
    provisioned provisioning public purge push quit radius reachable read readonly received redirect reg remote
    rename reply reset restore return returned revert root saml save schedule scope script secfabgrp secondary
    security seed sensitivity serial server set show slave sms smtps source ssh standalone standard start starttls
    status super syncinterval sysgrp system tablesize tacacs test time timeout timezone to token total transaction
    transmitted trusthost two txn type unknown unreachable unset update used user username utmgrp vd vdom ver
    version vf virtual vpngrp wanoptgrp wifi won write
    """.split()  # noqa: SIM905
)

WORDS = CLI | frozenset(
    """
    abbreviations about above absent accepted accepts access account accounts act activate activates activating
    activationlicenserequest activationrequest activationresponse activations activity actor acts add added adding
    addr address addressee addresses addrgrp adds admingrp administration administrator administrators admins admits
    adopt advance after afterwards again against age agent ago ahead algo algs alike alive all allowed alone also
    although always am ambiguous among an anew another ansible answer answered answers antivirus antsibull any
    anybody anything anywhere apart api app appear appeared appears appended appends applied applies approval
    approved apr april archive are argument arguments arrive arrived arrives article articles as ask asked asking
    asks asmx assert assigned asym asynchronous at attached attempt attention attribute attributes audit aug august
    author authusrgrp auto automation av availability available average avg awaited away awx back backslash
    backslashes backspace bad balance bandwidth banners bar bare base based baseline batch batches became because
    become becomes been beforehand begin beginning begins begun behaves behaviour behind being believed belong
    belongs below bench beside besides best better between bind binding bindings bios blank blanks blob block
    blocked blocklisted blocks body bool boolean both bound brackets break breaking breaks brings broke brought
    browser bug build buildno builds built builtin but byte bytes cache call called calls came can cancelled
    candidate cannot card carried carries carry catalogue cause caused causes cc certainty certificate certified
    chance change changed changelog changes changing channel character characters check checked checking checkout
    checks child children choice choices chooses chosen classes clean clear client clients clock clone close closed
    closes closing clustered codes collected collection column columns come comes comm commands commas comment
    commits committed common community compare compared compares comparison complete complex condition conf
    configurations configured confined confirm connect connected connecting connection connections connectivity
    contact contacted contain containers contains contents context contexts continue continues contradicts
    contributors control controller converted copied copy core cost costs could count counted counters counts cpu cr
    crash create created creates credential csv ctrl ctx cursor cut cuts daemon daemons damaged dashes database
    datasource date day days db deactivated dead debugging dec december decide decided decides decision defaults del
    delay delays deleted deletes deleting deletion delivered delivers denied depend depends depth desc described
    description dest detail details device devices devid devname dhcp diag diagnosis dict dictionaries dictionary
    did diff differ difference differences different differs digest digits direct direction directions directly
    directory directregistration disabled disables disagree discard disk distant distributes dlp dns dnsfilter do
    doc docs docsite documentation documented documents does domains done double doubles down draft draw draws drop
    dropped drops dstip dstport due during each earlier early echo ecmp edited edits effect eftm either element
    elements eligible else elsewhere empty enables enclose encrypt encrypted ended endpoint ends enough enrolled
    enrollment enter entered entries env environment epoch equipment erase errors escaped escapes etdb even event
    events eventtime ever every everything evidence exactly example examples except exchange exchanged exchanges
    execution exists expected expiration expired expression extended fact facts failed failover fails failure
    failures falls false far fast fault faults faulty fdni fds features feb february feet fetches few fgfm fgt fib
    fields figures file files fill finding findings finds fine fingerprint finish finished finishes fips firmware
    first fit fits five fix flat fleet flight float floor flow flushed fnbamd folder follow followed follows font
    for forbidden forbids forced foreign forget forgot forgotten forks form format forms forticare forticloud
    fortigate fortiguardservice fortiidentity fortiops fortios fortissh forum four free fresh fri friday from front
    ftk ftkmob ftmtrial function functions further fw fwd ga galaxy garbage gate gates gave gb generic gets git
    github give given gives globalftm gnu go goes going gone good got gpl grants grep groups guide guides guilabel
    habits had half hand handed handles hands handshake hang happen happened happens hard hardware has hash have
    hbdev hd he head header headline health healthy heard height held help helper here hex hexadecimal hfortix
    hidden hides hold holder holders holds home host hostkey hosts hours how html http httpsd hyphens icmp
    idempotent idle ids if ignore ignored implies import imported importer importing inactive include included
    incomplete indefinitely industrial inferred infinity information ini input inside install installed instance
    instead int integer integration interactive interface interrupt interrupted into invalid invariants inventory
    ios ippool ips ipsec ipv is iso issues it item its itself jan january jitter jmespath job joined journal json
    judged jul july jump jun june junit just kb keep keeps kept kernel kex keyboard keys keyscan keyword killed kind
    kinds know known knows lab lacks large larger last latency later latest layout layouts lead leaks learns least
    leave leaves left length let lets levels lib licence licences licensed licenses lie lies like limit limited
    limits line lines link lint listed listening listing listings lists load lockout locks logdesc logged logging
    logid logins logout long longer longest look looked looks loopback lose loses lossy lost mac machine made mailed
    mails main make makes malicious managed manager manages many map mapping mar march margin mark marked marker
    marks masked match matched matches matching matrix matter matters max maximum may mb me mean meaning means
    meanwhile measured meet memory mend mended mends message messages met method methods middle migrate migrated
    migration min minutes missing mistake mixed mob model modelled models module modules moment mon monday monitor
    monotonic most moved moves ms msg multi multiple must mutated my named names nat need needed needs neighbours
    neither nested net netmiko network never newest nice no nobody node nodes nor note notes nothing notice nov
    november now nowhere ntc nth null num numbers object objects oct october odd of off offer offered offers offline
    offset often ok old older omitted on once one ones onetime only open opened opens openssh operating operation
    operator opmode ops option optional options or order org other others otherwise otp ought out outcome outer
    outputs outside over overridden own owner oxidized package packet page paged pager pages paging pair pairs
    paramiko parentheses parsed parsers parses part partial parts pass passed passphrase passwords past path paths
    pattern peak peer peername pending people per perhaps permission permissions persistent person phase phones
    physical pickup pid piece pieces pings pinned pip pipeline pipelines place plain plan planned plans platform
    plausible play playbook playbooks please plugin plugins pm point policyid poll polled pollingrequest
    pollingresponse portal possible prefix preflight present printed prints proc procedure process product profile
    program project promise promises prompt prompts proof protection prove proves provides provisionings
    provisionrequest provisionresponse provisions proxy psksecret psu publickey purged purpose put pytest python
    query question questions queued quiet quote quoted quotes quoting raise raises rancid random raw reach
    reachability reached reaches readable readd readded reading readme reads ready real really reason reboot
    rebooted rebound receive record recorded recording rect recurring recv redact redacted redeem redeemed redeems
    redemption redraw ref refcnt refer reference referenced references refers refusal refusals refuse refused
    refuses refusing regid register registered registration regular reimport reinstall reinstalled rejected release
    released releases relies remediate remediated remediation remedy remember remembered remembers remove removed
    renew renewed renews repair repaired repeatable repeated replace replaced replacemsg replayed report reported
    reports repository req request requested requests required requirements reserved resolve resolved respect
    response rest restart restored restricted restrictions result results retransmission retry returns reverse
    reverted revision right rights role roles room round route router row rows rsa rst rule rulebook run runner
    running runs runtime safe said sales same sample sanity sat saturday saved saves saving say says scan scanned
    scenario scenarios scheduled schema scopes scrapli scripts searched sec second seconds secret secrets section
    see seealso seeds seen sees segment select selected send sending sends sendto sensor sent sentence sentences sep
    separated september seq serialno serials series serve servers serves service services ses session sessions sets
    setting settings settled several severity sha shall share shell shells short shortened should shown shows
    sibling siblings side sides sign signal signature silence silent sim simulated simulator since single sip site
    size sizes skip skipped slow smtp sn snapshot snmp sns so soft softtoken some somebody something soon sources
    space spaced spaces spacing span spans spare special spent spite split splitting src srcintf srcip srcport sshv
    ssl stamp stand stands started starts stat state stated statement states static statistics stats statuses stay
    stays step steps still stood stop stopped stops store str stratum stream strict strike strikes string stroke
    style suboptions subtype success successful successfully such summary sun sunday support supported sure svg svr
    swallow switch switched switches sync synchronized syntax sys table tables tac tag take taken takes talk target
    targets task tasks tcp tcps tell tells template templates terminal testcase tested tests text texts than that
    the their theirs them themselves then there these they thing things this those thread three threshold through
    thu thursday ticket tickets timed times timestamp title tls todo together tokens tokenstate told tomorrow too
    took tools top topic topics totals touch touched touching tp trace traffic trailer transactions transcript
    transcripts transfer transferred travel travels treat tree triage trial tried trip true trusted ttl tue tuesday
    turn turns twenty twice txt typed types tz ui unable unambiguous unanswered unassign unassigned unavailable
    unbind unbinds unbound uncommitted undecided undeliverable under underscores understood undo undoes undone
    unfinished unit units unless unquoted unresolvable unresolved unselect until up updated upgrade uptime urgent
    url urlfilter us usage use useless usergroup users uses using usrgrp utc utf util valid value values vap var
    variable variables vars vary vault vcluster vdoms venv verbatim verbosity verdict verdicts verified verify
    versions videofilter view violation violations vip virus visible volume vpn vs vsys wait waited waiting waits
    wall want wanted warm warning warnings was watch watchdog watched watches watching way ways we web webfilter wed
    wednesday welcome well went were what whatever when whenever where whether which while who whole whom whose why
    width widths will window wins wire wireless with within without word wording words work worked workflow working
    works workspace would writes written wrong wrote www xml yaml yes yet yield yml you your yurisk zone ztna
    """.split()  # noqa: SIM905
)
