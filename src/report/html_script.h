/* What a reader can do with the report: search names, sort cards, see some. The cards stand in a <noscript>,
 * so without scripts the page shows all of them, sorted by score; with scripts they are one text, of which
 * the cards near the screen are shown. So a page of ten thousand opens as fast as one of a hundred. Printing
 * shows all that were chosen. */
#ifndef ALFA_REPORT_HTML_SCRIPT_H
#define ALFA_REPORT_HTML_SCRIPT_H

/* clang-format off */
static const char html_script[] =
    "(()=>{\n"
    "const $=id=>document.getElementById(id),list=$('cards'),q=$('q'),by=$('by'),batch=60;\n"
    "const plain={'&amp;':'&','&lt;':'<','&gt;':'>','&quot;':'\"','&#39;':\"'\"};\n"
    "const all=list.textContent.split('<article ').slice(1).map((t,i)=>{"
      "const m=t.match(/class=\"card ?(\\w*)\" data-number=\"(\\d+)\"/),"
        "n=t.match(/<div class=\"name\"><b>(.*?)<\\/b>(?:<small>(.*?)<\\/small>)?<\\/div>/s);"
      "return{t:'<article '+t,i,kind:m[1],at:+m[2],"
        "name:((n[2]||'')+n[1]).replace(/&[a-z#0-9]+;/g,e=>plain[e]||e).toLowerCase()}});\n"
    "const names=new Intl.Collator(undefined,{numeric:true});\n"
    "const orders={high:(a,b)=>a.i-b.i,low:(a,b)=>b.i-a.i,name:(a,b)=>names.compare(a.name,b.name)||a.i-b.i,"
      "new:(a,b)=>b.at-a.at,old:(a,b)=>a.at-b.at};\n"
    "const cards=document.createElement('div'),end=document.createElement('div');let chosen=[],shown=0;\n"
    "cards.className='cards';list.replaceWith(cards,end);\n"
    "const more=count=>{if(shown<chosen.length)cards.insertAdjacentHTML('beforeend',"
      "chosen.slice(shown,shown+=count).map(c=>c.t).join(''))};\n"
    "const choose=()=>{const words=q.value.toLowerCase().split(' ').filter(w=>w),"
      "pick=document.querySelector('.pick:checked'),kind={bad:'anomaly',good:'normal'}[pick&&pick.id];"
      "chosen=all.filter(c=>(!kind||c.kind==kind)&&words.every(w=>c.name.includes(w))).sort(orders[by.value]);"
      "cards.textContent='';shown=0;more(batch);"
      "$('n').textContent=chosen.length+' of '+all.length};\n"
    "new IntersectionObserver(e=>{if(e[0].isIntersecting)more(batch)},{rootMargin:'1500px'}).observe(end);\n"
    "addEventListener('beforeprint',()=>more(all.length));\n"
    "by.onchange=q.oninput=choose;document.querySelectorAll('.pick').forEach(p=>p.onchange=choose);\n"
    "$('find').hidden=false;choose()\n"
    "})()\n";
/* clang-format on */

#endif
